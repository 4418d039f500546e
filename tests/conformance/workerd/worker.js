// One Worker and one Durable Object: fires calls without awaiting them, tells how they arrived.
import { DurableObject } from "cloudflare:workers";

export class Receiver extends DurableObject {
  arrived = [];

  async call(i, external) {
    this.arrived.push(i);
    if (external instanceof ReadableStream) {
      await new Response(external).text();
    }
  }

  fetch(request) {
    const path = new URL(request.url).pathname.slice(1);
    if (path === "arrived") {
      return Response.json(this.arrived.splice(0));
    }
    this.arrived.push(Number(path));
    return new Response();
  }
}

function external(kind) {
  if (kind === "s") {
    return new Blob(["a stream"]).stream();
  }
  return kind === "a" ? new AbortController().signal : undefined;
}

export default {
  // GET /?name=NAME&word=rf&warm=1: the word's calls on the object of that name, f: fetch,
  // r: RPC, s: RPC that passes a stream, a: RPC that passes an abort signal.
  async fetch(request, env) {
    const asked = new URL(request.url).searchParams;
    const stub = env.RECEIVER.get(env.RECEIVER.idFromName(asked.get("name")));
    if (asked.has("warm")) {
      await stub.fetch("http://receiver/arrived");
    }
    const calls = [...asked.get("word")].map((kind, i) =>
      kind === "f" ? stub.fetch(`http://receiver/${i}`) : stub.call(i, external(kind)),
    );
    await Promise.all(calls);
    return await stub.fetch("http://receiver/arrived");
  },
};
