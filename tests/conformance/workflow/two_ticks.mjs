// Ticks of a real @workflow/core on @workflow/world-local, held up between deciding and writing.
//
//     npm install --prefix DIR @workflow/core@4.8.9 @workflow/world-local
//     node two_ticks.mjs DIR uneven_branches|unread_payload
//
// writes to the standard output, as a line of JSON, who wrote what in which order, and how the run
// ended. corrupted-4.8.9.jsonl has what came out, one line for each workflow.
import { AsyncLocalStorage } from "node:async_hooks";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, shape] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(join(resolve(packages), "node_modules", name)).href);
const { createLocalWorld } = await load("@workflow/world-local/dist/index.js");
const { setWorld, workflowEntrypoint } = await load("@workflow/core/dist/runtime.js");
const { dehydrateStepReturnValue, dehydrateWorkflowArguments } = await load(
  "@workflow/core/dist/serialization.js",
);

// The warnings of the SDK are no part of the output.
console.log = console.warn = console.info = console.error;

const CODE = `
  async function sleep(time) { return globalThis[Symbol.for("WORKFLOW_SLEEP")](time); }
  const step = (name) => globalThis[Symbol.for("WORKFLOW_USE_STEP")](name)();
  const createHook = (options) => globalThis[Symbol.for("WORKFLOW_CREATE_HOOK")](options);
  async function uneven_branches() {
    const nap = async () => { await sleep("1s"); };
    const slow = async () => { await nap(); await step("slow"); };
    const fast = async () => { await sleep("2s"); await step("fast"); };
    await Promise.all([slow(), fast()]);
  }
  async function unread_payload() {
    const hook = createHook({ token: "token" });
    const timer = async () => { await sleep("1s"); await step("after sleep"); };
    const worker = async () => { await step("work"); await step("after work"); };
    await Promise.all([timer(), worker()]);
    await hook;
  }
  globalThis.__private_workflows = new Map(Object.entries({ uneven_branches, unread_payload }));
`;

const actor = new AsyncLocalStorage();
const history = [];
const gates = [];
const messages = [];
const queues = new Map();

/** Holds an actor up before it writes an event of this type. */
function gate(name, type) {
  const made = { name, type };
  made.opened = new Promise((open) => (made.open = open));
  made.reached = new Promise((reach) => (made.reach = reach));
  gates.push(made);
  return made;
}

const folder = mkdtempSync(join(tmpdir(), "two-ticks-"));
const local = createLocalWorld({ dataDir: folder, recoverActiveRuns: false });
// An operation's ordinal is the place of its ulid: they are drawn in turn.
const operations = new Set();
const names = new Map();
const ordinal = (ulid) => [...operations].sort().indexOf(ulid);
const noted = ({ eventType, correlationId, eventData }) => {
  const [kind, ulid] = (correlationId ?? "_").split("_");
  if (ulid) operations.add(ulid);
  if (eventType === "step_created" && !names.has(ulid)) names.set(ulid, eventData.stepName);
  const called = eventData?.stepName ?? names.get(ulid);
  const name = called ? `(${called})` : "";
  return () => (ulid ? `${eventType} ${kind}_${ordinal(ulid)}${name}` : eventType);
};

async function create(runId, event, options) {
  const who = actor.getStore() ?? "start";
  for (const each of gates) {
    if (each.name === who && each.type === event.eventType) {
      each.reach();
      await each.opened;
    }
  }
  try {
    const result = await local.events.create(runId, event, options);
    history.push([who, noted(event)]);
    return result;
  } catch (error) {
    history.push([who, noted(event), error.name]);
    throw error;
  }
}

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
    workflowName: shape,
    input: await dehydrateWorkflowArguments([], "wrun_0", undefined),
  },
});
const deliver = (name, message = { runId: run.runId }) =>
  actor.run(name, () =>
    handle(message, { queueName: prefix + shape, attempt: 1, messageId: "message_0" }),
  );
const pause = (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds));
const written = async (type) =>
  (await local.events.list({ runId: run.runId, pagination: { limit: 100 } })).data.find(
    (event) => event.eventType === type,
  );

await deliver("tick 1");
const held = gate("tick 2", "step_created");
if (shape === "unread_payload") {
  const { correlationId } = await written("hook_created");
  const payload = await dehydrateStepReturnValue(1, run.runId, undefined);
  const received = { eventType: "hook_received", specVersion: world.specVersion, correlationId };
  await actor.run("resumeHook", () =>
    create(run.runId, { ...received, eventData: { token: "token", payload } }),
  );
}
await pause(1200);
const second = deliver("tick 2");
await held.reached;
if (shape === "uneven_branches") {
  await pause(1200);
  const other = gate("tick 3", "step_created");
  const third = deliver("tick 3");
  await other.reached;
  held.open();
  await second;
  other.open();
  await third;
} else {
  const { correlationId } = await written("step_created");
  const result = await dehydrateStepReturnValue(1, run.runId, undefined);
  const common = { specVersion: world.specVersion, correlationId };
  await actor.run("step executor", async () => {
    await create(run.runId, { eventType: "step_started", ...common });
    await create(run.runId, { eventType: "step_completed", ...common, eventData: { result } });
  });
  held.open();
  await second;
}

// Whatever is queued next replays the log; so do recovery replays.
let ended = await local.runs.get(run.runId);
for (let tick = 4; ended.status === "running" && tick < 12; tick++) {
  const queued = messages.splice(0).filter(([name]) => name.startsWith(prefix));
  await deliver(`tick ${tick}`, queued.at(-1)?.[1]);
  ended = await local.runs.get(run.runId);
}
rmSync(folder, { recursive: true, force: true });
const error = ended.error?.code ?? ended.errorCode ?? "";
const told = history.map(([who, event, ...refused]) => [who, event(), ...refused]);
process.stdout.write(`${JSON.stringify({ shape, history: told, status: ended.status, error })}\n`);
process.exit(0);
