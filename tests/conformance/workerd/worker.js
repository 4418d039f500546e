// One Worker and one Durable Object: fires calls without awaiting them, tells how they arrived.
import { DurableObject } from "cloudflare:workers";

export class Receiver extends DurableObject {
  arrived = [];

  call(i) {
    this.arrived.push(i);
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

export default {
  // GET /?name=NAME&word=rf&warm=1: the word's calls on the object of that name, r: RPC, f: fetch.
  async fetch(request, env) {
    const asked = new URL(request.url).searchParams;
    const stub = env.RECEIVER.get(env.RECEIVER.idFromName(asked.get("name")));
    if (asked.has("warm")) {
      await stub.fetch("http://receiver/arrived");
    }
    const calls = [...asked.get("word")].map((kind, i) =>
      kind === "f" ? stub.fetch(`http://receiver/${i}`) : stub.call(i),
    );
    await Promise.all(calls);
    return await stub.fetch("http://receiver/arrived");
  },
};
