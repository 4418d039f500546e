// Streams whose sources fail after two parts, sent by requests, responses and RPCs: who hears of it?
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";

const PARTS = ["one ", "two "];
const encoded = (part) => new TextEncoder().encode(part);

// A source that gives two parts, and then fails or ends a little later.
function source(kind, fails) {
  if (kind === "fixed") {
    const { readable, writable } = new FixedLengthStream(fails ? 100 : PARTS.join("").length);
    write(writable.getWriter(), fails).catch(() => {});
    return readable;
  }
  const parts = PARTS.map(encoded);
  return new ReadableStream({
    ...(kind === "bytes" && { type: "bytes" }),
    async pull(controller) {
      if (parts.length > 0) {
        return controller.enqueue(parts.shift());
      }
      await scheduler.wait(1);
      fails ? controller.error(new Error("the source has failed")) : controller.close();
    },
  });
}

async function write(writer, fails) {
  for (const part of PARTS) {
    await writer.write(encoded(part));
  }
  await scheduler.wait(1);
  await (fails ? writer.abort(new Error("the source has failed")) : writer.close());
}

// What somebody makes of a body who reads it to its end.
const told = (text) => text.then((whole) => `complete: ${whole}`, () => "broken off");
const read = (request) => told(request.text()).then((answer) => new Response(answer));
const given = ({ searchParams: asked }) => source(asked.get("kind"), asked.has("fails"));

export class Receiver extends DurableObject {
  take(stream) {
    return told(new Response(stream).text());
  }

  async pass(stream) {
    return posted(this.env.SERVICE, stream);
  }

  give(url) {
    return given(new URL(url));
  }

  fetch(request) {
    return request.body ? read(request) : new Response(given(new URL(request.url)));
  }
}

export class Service extends WorkerEntrypoint {
  fetch(request) {
    return request.body ? read(request) : new Response(given(new URL(request.url)));
  }
}

const posted = async (to, body) => (await to.fetch("http://to/", { method: "POST", body })).text();

const WAYS = {
  "request to a service": (url, { service }) => posted(service, given(url)),
  "request to an object": (url, { object }) => posted(object, given(url)),
  "response of a service": async (url, { service }) => told((await service.fetch(url)).text()),
  "response of an object": async (url, { object }) => told((await object.fetch(url)).text()),
  "RPC parameter": (url, { object }) => object.take(given(url)),
  "RPC parameter, passed on": (url, { object }) => object.pass(given(url)),
  "RPC result": async (url, { object }) => told(new Response(await object.give(url.href)).text()),
};

export default {
  // GET /?way=WAY&kind=bytes&fails=1: what the receiver makes of the body. Each way has
  // sources of kind bytes, values, and fixed (of known length).
  async fetch(request, env) {
    const url = new URL(request.url);
    const object = env.RECEIVER.get(env.RECEIVER.idFromName("object"));
    const answer = WAYS[url.searchParams.get("way")](url, { object, service: env.SERVICE });
    return new Response(await answer);
  },
};
