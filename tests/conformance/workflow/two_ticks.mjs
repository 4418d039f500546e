// Ticks of a real @workflow/core on @workflow/world-local, held up between deciding and writing.
//
//     npm install --prefix DIR @workflow/core@4.8.9 @workflow/world-local
//     node two_ticks.mjs DIR SHAPE [guarded]
//
// with a SHAPE of those below (`all`) writes to the standard output, as a line of JSON, who wrote
// what in which order, the log as it is read, how the run ended, and the states of its waits. Time is
// virtual: it passes where this script says so. In `crash_created` and `crash_completed` the process
// dies between the two files that world-local writes for such an event, the wait's and the event's,
// and another one goes on. `guarded`: the world refuses what the guard refuses that @workflow/world
// documents (docs of `stateUpdatedAt`), which world-local ignores.
import { AsyncLocalStorage } from "node:async_hooks";
import fs, { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, shape, guarded] = process.argv.slice(2);

const RealDate = Date;
let passed = 0;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length ? given : [globalThis.Date.now()]));
  }
  static now() {
    return RealDate.now() + passed;
  }
};

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
  const wonBy = async (winner, promise) => { await promise; return winner; };
  async function raced(otherwise) {
    const hook = createHook({ token: "token" });
    const winner = await Promise.race([wonBy("hook", hook), wonBy("sleep", sleep("1s"))]);
    await (winner === "hook" ? step("handle") : otherwise());
    return winner;
  }
  async function remind_or_give_up() {
    const hook = createHook({ token: "token" });
    const inner = Promise.race([wonBy("hook", hook), wonBy("reminder", sleep("1s"))]);
    const winner = await Promise.race([inner, wonBy("deadline", sleep("2s"))]);
    await step({ hook: "handle", reminder: "remind", deadline: "give up" }[winner]);
  }
  const hook_or_sleep = () => raced(() => Promise.all([sleep("1d"), sleep("1d")]));
  const hook_or_timeout = () => raced(async () => {});
  const hook_or_deadline = () => raced(async () => { throw new Error("refused"); });
  const late_payload = hook_or_sleep;
  const crash_created = async () => { await sleep("1s"); };
  const crash_completed = crash_created;
  const start_twice = crash_created;
  const races = { hook_or_sleep, hook_or_timeout, hook_or_deadline, late_payload };
  const waits = { crash_created, crash_completed, start_twice };
  const all = { uneven_branches, unread_payload, remind_or_give_up, ...races, ...waits };
  globalThis.__private_workflows = new Map(Object.entries(all));
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

// The guard's marker: the time of the newest payload or step result that was written without it.
let marker = 0;
const timeOf = (event) => +event.createdAt;

/** What the documented guard does with a write: 412 for a snapshot that is older than its marker. */
function check(options) {
  if (guarded && options?.stateUpdatedAt < marker) {
    throw Object.assign(new Error("stale"), { name: "PreconditionFailedError", status: 412 });
  }
}

async function create(runId, event, options) {
  const who = actor.getStore() ?? "start";
  for (const each of gates) {
    if (each.name === who && each.type === event.eventType) {
      each.reach();
      await each.opened;
    }
  }
  try {
    check(options);
    const result = await local.events.create(runId, event, options);
    const moves = ["hook_received", "step_completed"].includes(event.eventType);
    if (moves && options?.stateUpdatedAt === undefined) {
      marker = Math.max(marker, timeOf(result.event));
    }
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
const pass = (milliseconds) => (passed += milliseconds);
const written = async (type) =>
  (await local.events.list({ runId: run.runId, pagination: { limit: 100 } })).data.find(
    (event) => event.eventType === type,
  );

async function resumeHook() {
  const { correlationId } = await written("hook_created");
  const payload = await dehydrateStepReturnValue(1, run.runId, undefined);
  const received = { eventType: "hook_received", specVersion: world.specVersion, correlationId };
  await actor.run("resumeHook", () =>
    create(run.runId, { ...received, eventData: { token: "token", payload } }),
  );
}

async function executeStep() {
  const { correlationId } = await written("step_created");
  const result = await dehydrateStepReturnValue(1, run.runId, undefined);
  const common = { specVersion: world.specVersion, correlationId };
  await actor.run("step executor", async () => {
    await create(run.runId, { eventType: "step_started", ...common });
    await create(run.runId, { eventType: "step_completed", ...common, eventData: { result } });
  });
}

/** Holds whoever writes the file of an event of this type up, before the file is there. */
function fileGate(type) {
  const { writeFile } = fs.promises;
  const made = {};
  const opened = new Promise((open) => (made.open = open));
  made.reached = new Promise((reach) => {
    fs.promises.writeFile = async (path, data, ...rest) => {
      if (String(path).includes("events") && String(data).includes(`"eventType": "${type}"`)) {
        fs.promises.writeFile = writeFile;
        reach();
        await opened;
      }
      return writeFile.call(fs.promises, path, data, ...rest);
    };
  });
  return made;
}

/** Two who write to a folder: both have looked before either writes, one a little later. */
async function bothLook(folder, first, second) {
  const { writeFile } = fs.promises;
  let arrived = 0;
  let goOn, bothThere, oneThere;
  const opened = new Promise((open) => (goOn = open));
  const one = new Promise((there) => (oneThere = there));
  const both = new Promise((there) => (bothThere = there));
  fs.promises.writeFile = async (path, ...rest) => {
    if (String(path).includes(folder) && arrived < 2) {
      arrived++;
      (arrived === 1 ? oneThere : bothThere)();
      await opened;
    }
    return writeFile.call(fs.promises, path, ...rest);
  };
  const acts = [first()];
  await one;
  pass(5);
  acts.push(second());
  await both;
  fs.promises.writeFile = writeFile;
  goOn();
  await Promise.all(acts);
}

/** A process that is killed: what it does is never heard of again. */
async function killedBefore(type, act) {
  const held = fileGate(type);
  act();
  await held.reached;
  history.push(["", () => "killed"]);
}

const scenarios = {
  async uneven_branches() {
    pass(1200);
    const held = gate("tick 2", "step_created");
    const second = deliver("tick 2");
    await held.reached;
    pass(1200);
    const other = gate("tick 3", "step_created");
    const third = deliver("tick 3");
    await other.reached;
    held.open();
    await second;
    other.open();
    await third;
  },

  async unread_payload() {
    await resumeHook();
    pass(1200);
    const held = gate("tick 2", "step_created");
    const second = deliver("tick 2");
    await held.reached;
    await executeStep();
    held.open();
    await second;
  },

  // The bug of PR 2113: a payload comes between a tick's reading and its writing.
  async hook_or_sleep() {
    pass(1200);
    const held = gate("tick 2", "wait_completed");
    const second = deliver("tick 2");
    await held.reached;
    await resumeHook();
    held.open();
    await second;
  },

  // The payload's id and time are taken; its file comes after the tick has decided without it.
  async late_payload() {
    pass(1200);
    const held = fileGate("hook_received");
    const resumed = resumeHook();
    await held.reached;
    pass(5);
    await deliver("tick 2");
    held.open();
    await resumed;
  },

  async crash_completed() {
    pass(1200);
    await killedBefore("wait_completed", () => deliver("tick 2"));
    pass(60000);
  },
};
scenarios.remind_or_give_up = scenarios.uneven_branches;
scenarios.hook_or_timeout = scenarios.hook_or_deadline = scenarios.hook_or_sleep;

if (shape === "crash_created") {
  await killedBefore("wait_created", () => deliver("tick 1"));
  pass(60000);
} else if (shape === "start_twice") {
  await bothLook("runs", () => deliver("tick 1"), () => deliver("tick 2"));
  pass(1200);
} else {
  await deliver("tick 1");
  await scenarios[shape]();
}

// Whatever is queued next replays the log; so do recovery replays.
let ended = await local.runs.get(run.runId);
for (let tick = 4; ended.status === "running" && tick < 12; tick++) {
  const queued = messages.splice(0).filter(([name]) => name.startsWith(prefix));
  await deliver(`tick ${tick}`, queued.at(-1)?.[1]);
  ended = await local.runs.get(run.runId);
}
const { data: events } = await local.events.list({ runId: run.runId, pagination: { limit: 100 } });
const files = join(folder, "waits");
const waits = fs.existsSync(files) ? fs.readdirSync(files) : [];
const result = {
  shape,
  history: history.map(([who, event, ...refused]) => [who, event(), ...refused]),
  log: events.map((event) => noted(event)()),
  status: ended.status,
  error: ended.error?.code ?? ended.errorCode ?? "",
  waits: waits.map((file) => JSON.parse(fs.readFileSync(join(files, file), "utf-8")).status),
};
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
