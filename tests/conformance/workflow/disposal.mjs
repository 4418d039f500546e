// A payload that comes while its hook is disposed of, with @workflow/core on @workflow/world-local.
//
//     npm install --prefix DIR @workflow/core@4.8.9 @workflow/world-local@4.4.1
//     node disposal.mjs DIR
//
// runs a workflow that reads one payload, disposes of its hook and sleeps; the second payload is sent
// in the moment in which the disposal is written. Writes a line of JSON: what the sender was told, the
// log, and how the run ended. disposal-4.4.1.jsonl has what came out.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [packages] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(join(resolve(packages), "node_modules", name)).href);
const { createLocalWorld } = await load("@workflow/world-local/dist/index.js");
const { resumeHook, setWorld, workflowEntrypoint } = await load("@workflow/core/dist/runtime.js");
const { dehydrateWorkflowArguments } = await load("@workflow/core/dist/serialization.js");

// The warnings of the SDK are no part of the output.
console.log = console.warn = console.info = console.error;

const CODE = `
  const sleep = (time) => globalThis[Symbol.for("WORKFLOW_SLEEP")](time);
  const createHook = (options) => globalThis[Symbol.for("WORKFLOW_CREATE_HOOK")](options);
  async function one_payload() {
    const hook = createHook({ token: "token" });
    await hook;
    hook.dispose();
    await sleep("1s");
  }
  globalThis.__private_workflows = new Map(Object.entries({ one_payload }));
`;
const folder = mkdtempSync(join(tmpdir(), "disposal-"));
const local = createLocalWorld({ dataDir: folder, recoverActiveRuns: false });
let second;
/** The disposal is written as ever; whoever sends the second payload does it now. */
async function create(runId, event, options) {
  const written = local.events.create(runId, event, options);
  if (event.eventType === "hook_disposed") second ??= resumeHook("token", 2);
  return written;
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
    workflowName: "one_payload",
    input: await dehydrateWorkflowArguments([], "wrun_0", undefined),
  },
});
const deliver = (message = { runId: run.runId }) =>
  handle(message, { queueName: `${prefix}one_payload`, attempt: 1, messageId: "message_0" });
await deliver();
await resumeHook("token", 1);
await deliver();
const acknowledged = await second.then(() => true, (error) => error.name);
let ended = await local.runs.get(run.runId);
for (let tick = 0; ended.status === "running" && tick < 8; tick++) {
  await new Promise((wake) => setTimeout(wake, 300));
  await deliver(messages.splice(0).at(-1)?.[1]);
  ended = await local.runs.get(run.runId);
}
const { data } = await local.events.list({ runId: run.runId, pagination: { limit: 100 } });
rmSync(folder, { recursive: true, force: true });
const log = data.map(({ eventType }) => eventType);
const error = ended.error?.code ?? ended.errorCode ?? "";
process.stdout.write(`${JSON.stringify({ acknowledged, log, status: ended.status, error })}\n`);
process.exit(0);
