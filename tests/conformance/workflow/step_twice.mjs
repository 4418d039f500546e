// A step's message that is delivered twice, with @workflow/core on @workflow/world-local.
//
//     npm install --prefix DIR @workflow/core@4.8.9 @workflow/world-local@4.4.1
//     node step_twice.mjs DIR 0
//
// delivers the message of a step with so many retries a second time while its function runs. Writes a
// line of JSON: how often the function ran, how often it succeeded, the log, and how the run ended.
// step-twice-4.8.9.jsonl has what came out for 0 and for 1.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, retries] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(join(resolve(packages), "node_modules", name)).href);
const { createLocalWorld } = await load("@workflow/world-local/dist/index.js");
const { setWorld } = await load("@workflow/core/dist/runtime/world.js");
const { registerStepFunction } = await load("@workflow/core/dist/private.js");
const { dehydrateWorkflowArguments } = await load("@workflow/core/dist/serialization.js");

// The warnings of the SDK are no part of the output.
console.log = console.warn = console.info = console.error;

const CODE = `
  const step = (name) => globalThis[Symbol.for("WORKFLOW_USE_STEP")](name)();
  async function charge_once() {
    await step("charge");
  }
  globalThis.__private_workflows = new Map(Object.entries({ charge_once }));
`;
let ran = 0;
let succeeded = 0;
let begin;
const begun = new Promise((resolve) => (begin = resolve));
const charge = async () => {
  ran += 1;
  begin();
  await new Promise((wake) => setTimeout(wake, 500));
  succeeded += 1;
};
charge.maxRetries = Number(retries);
registerStepFunction("charge", charge);
const folder = mkdtempSync(join(tmpdir(), "step-twice-"));
const local = createLocalWorld({ dataDir: folder, recoverActiveRuns: false });
const messages = [];
const queues = new Map();
const world = {
  ...local,
  createQueueHandler: (prefix, handle) => queues.set(prefix, handle) && handle,
  queue: async (name, message) => ({ messageId: `message_${messages.push([name, message])}` }),
};
setWorld(world);
// The step handler registers itself when it is loaded.
const { workflowEntrypoint } = await load("@workflow/core/dist/runtime.js");
workflowEntrypoint(CODE);
const { run } = await local.events.create(null, {
  eventType: "run_created",
  specVersion: world.specVersion,
  eventData: {
    deploymentId: "local",
    workflowName: "charge_once",
    input: await dehydrateWorkflowArguments([], "wrun_0", undefined),
  },
});
const deliver = (name, message, attempt) => {
  const prefix = [...queues.keys()].find((each) => name.startsWith(each));
  return queues.get(prefix)(message, { queueName: name, attempt, messageId: "message_0" });
};
await deliver("__wkf_workflow_charge_once", { runId: run.runId }, 1);
const [name, message] = messages.splice(0).find(([each]) => each.startsWith("__wkf_step_"));
const first = deliver(name, message, 1);
await begun;
await deliver(name, message, 2);
await first;
await deliver("__wkf_workflow_charge_once", { runId: run.runId }, 1);
const { data } = await local.events.list({ runId: run.runId, pagination: { limit: 100 } });
const ended = await local.runs.get(run.runId);
rmSync(folder, { recursive: true, force: true });
const log = data.map(({ eventType }) => eventType);
const error = ended.error?.code ?? ended.errorCode ?? "";
const told = { retries: Number(retries), ran, succeeded, log, status: ended.status, error };
process.stdout.write(`${JSON.stringify(told)}\n`);
process.exit(0);
