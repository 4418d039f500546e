// Runs programs (see programs.py) with the promises and tasks of JavaScript itself.
//
//     node driver.mjs < programs.json > noted.json
//
// The programs share node's queues: all of these are first in, first out, so that what one
// program puts there stays in order.
import { readFileSync, writeSync } from "node:fs";

const { programs, tasks, length, promises } = JSON.parse(readFileSync(0, "utf-8"));
const [DONE, REJECTED, , LEFT] = [0, 1, 2, 3];

function begin(scripts) {
  const noted = [];
  const note = (t, k, outcome) => noted.push((outcome * tasks + t) * length + k);
  const begun = new Map();
  const settled = new Set();
  const all = Array.from({ length: promises }, () => {
    const parts = {};
    parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
    return parts;
  });

  const [one, two, three] = all.map((parts) => parts.promise);
  const joined = [
    Promise.race([one, two]),
    Promise.all([two, three]),
    Promise.any([one, three]),
  ];

  async function run(t) {
    for (const [k, [code, argument]] of scripts[t].entries()) {
      const own = all[argument % promises];
      let outcome = DONE;
      try {
        switch (code) {
          case "microtask":
            await null;
            break;
          case "macrotask":
            await new Promise((go) => setTimeout(go, 0));
            break;
          case "immediate":
            await new Promise((go) => setImmediate(go));
            break;
          case "spawn":
            begun.set(argument, run(argument));
            break;
          case "call":
            await run(argument);
            break;
          case "join":
            if (argument > t && begun.has(argument)) await begun.get(argument);
            break;
          case "await":
            await own.promise;
            break;
          case "joined":
            await joined[argument];
            break;
          case "given":
            await (async () => own.promise)();
            break;
          case "then":
            own.promise.then(
              () => note(t, k, LEFT),
              () => note(t, k, LEFT),
            );
            break;
          case "link":
            if (!settled.has(argument)) own.resolve(all[argument + 1].promise);
            settled.add(argument);
            break;
          case "set":
            if (!settled.has(argument)) own.resolve();
            settled.add(argument);
            break;
          case "reject":
            if (!settled.has(argument)) own.reject(new Error("rejected"));
            settled.add(argument);
            break;
          case "raise":
            throw new Error("raised");
          default:
            throw new TypeError(code);
        }
      } catch (error) {
        if (error instanceof TypeError) process.exit(1);
        outcome = REJECTED;
      }
      note(t, k, outcome);
      if (code === "raise") throw new Error("raised");
    }
  }

  setTimeout(() => run(0), 0);
  return noted;
}

// Nobody need await a promise that is rejected.
process.on("unhandledRejection", () => {});
const noted = programs.map(begin);
process.on("exit", () => writeSync(1, JSON.stringify(noted)));
