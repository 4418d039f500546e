// Hooks whose token is used again, with @workflow/core on @workflow/world-local.
//
//     npm install --prefix DIR @workflow/core@4.8.9 @workflow/world-local@4.4.1
//     node hook_tokens.mjs DIR SCENARIO
//
// `own_token`: a workflow disposes of a hook and creates another one with its token. `apart`: the same
// with a sleep in between. `hook_again`: the first message is delivered twice, and the second tick comes
// to write its hook_created when the hook has been disposed of. Writes a line of JSON: the log, with
// the hooks' numbers, and how the run ended. hook-tokens-4.8.9.jsonl has what came out.
import { AsyncLocalStorage } from "node:async_hooks";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, scenario] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(join(resolve(packages), "node_modules", name)).href);
const { createLocalWorld } = await load("@workflow/world-local/dist/index.js");
const { resumeHook, setWorld, workflowEntrypoint } = await load("@workflow/core/dist/runtime.js");
const { dehydrateWorkflowArguments } = await load("@workflow/core/dist/serialization.js");

// The warnings of the SDK are no part of the output.
console.log = console.warn = console.info = console.error;

const CODE = `
  const sleep = (time) => globalThis[Symbol.for("WORKFLOW_SLEEP")](time);
  const createHook = (options) => globalThis[Symbol.for("WORKFLOW_CREATE_HOOK")](options);
  const payload = async () => {
    const hook = createHook({ token: "token" });
    await hook;
    hook.dispose();
  };
  const own_token = async () => { await payload(); await payload(); };
  const apart = async () => { await payload(); await sleep("1s"); await payload(); };
  const hook_again = async () => { await payload(); await sleep("1s"); };
  globalThis.__private_workflows = new Map(Object.entries({ own_token, apart, hook_again }));
`;

const actor = new AsyncLocalStorage();
const late = {};
late.reached = new Promise((reach) => (late.reach = reach));
late.opened = new Promise((open) => (late.open = open));

const folder = mkdtempSync(join(tmpdir(), "hook-tokens-"));
const local = createLocalWorld({ dataDir: folder, recoverActiveRuns: false });

/** The late tick is held up before it writes its hook_created. */
async function create(runId, event, options) {
  if (event.eventType === "hook_created" && actor.getStore() === "late") {
    late.reach();
    await late.opened;
  }
  return local.events.create(runId, event, options);
}
const messages = [];
const queues = new Map();
const world = {
  ...local,
  createQueueHandler: (prefix, handle) => queues.set(prefix, handle) && handle,
  queue: async (name, message) => ({ messageId: `message_${messages.push([name, message])}` }),
  events: { ...local.events, create },
};
setWorld(world);
workflowEntrypoint(CODE);
const [[prefix, handle]] = queues;
const { run } = await create(null, {
  eventType: "run_created",
  specVersion: world.specVersion,
  eventData: {
    deploymentId: "local",
    workflowName: scenario,
    input: await dehydrateWorkflowArguments([], "wrun_0", undefined),
  },
});
const deliver = (message = { runId: run.runId }) =>
  handle(message, { queueName: prefix + scenario, attempt: 1, messageId: "message_0" });

let second;
if (scenario === "hook_again") {
  second = actor.run("late", () => deliver());
  await late.reached;
}
await deliver();
await resumeHook("token", 1);
await deliver();
late.open();
await second;

// Whatever is queued next replays the log; so do recovery replays.
let ended = await local.runs.get(run.runId);
for (let tick = 0; ended.status === "running" && tick < 10; tick++) {
  await new Promise((wake) => setTimeout(wake, 300));
  await deliver(messages.splice(0).at(-1)?.[1]);
  if (tick === 5 && scenario === "apart") await resumeHook("token", 2);
  ended = await local.runs.get(run.runId);
}
const { data } = await local.events.list({ runId: run.runId, pagination: { limit: 100 } });
rmSync(folder, { recursive: true, force: true });
const split = (id) => (id ?? "_").split("_");
const ulids = [...new Set(data.map((event) => split(event.correlationId)[1]))].filter(Boolean).sort();
const log = data.map(({ eventType, correlationId }) => {
  const [kind, ulid] = split(correlationId);
  return ulid ? `${eventType} ${kind}_${ulids.indexOf(ulid)}` : eventType;
});
const error = ended.error?.code ?? ended.errorCode ?? "";
const own = String(ended.error?.message).includes(`(run "${run.runId}")`);
const result = { scenario, log, status: ended.status, error, conflicts_with_itself: own };
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
