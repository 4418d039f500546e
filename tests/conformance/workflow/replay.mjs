// Replays logs of workflow runs with the real @workflow/core, and says what it makes of them.
//
//     node replay.mjs FOLDER < logs.jsonl > outcomes.jsonl
//
// FOLDER has node_modules/@workflow/core. A log is {"shape": NAME, "log": [[type, ordinal], …]}: an
// event of the operation that was the ordinal-th to be called, whatever its kind; with a step's name third. What comes out:
// {"outcome": "suspended", "pending": [[kind, ordinal, name], …]}, the operations that it wants to be
// created next, {"outcome": "completed"}, {"outcome": "failed"}, {"outcome": "diverged"} or
// {"outcome": "hangs"}, if nothing has come out after some seconds.
import { createInterface } from "node:readline";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { helpers, shapes } from "./shapes.mjs";

const core = (file) =>
  import(pathToFileURL(join(process.argv[2], "node_modules/@workflow/core/dist", file)).href);
const { runWorkflow } = await core("workflow.js");
const { dehydrateWorkflowArguments, dehydrateStepReturnValue } = await core("serialization.js");

const RUN = "wrun_01K0000000000000000000000A";
const START = new Date("2026-01-01T00:00:00Z");
const LATEST = 40;
const PATIENCE = 3000;

const input = await dehydrateWorkflowArguments([], RUN, undefined);
const payload = await dehydrateStepReturnValue("payload", RUN, undefined);

const code = (body) => `
  const hook = globalThis[Symbol.for("WORKFLOW_CREATE_HOOK")];
  const sleep = globalThis[Symbol.for("WORKFLOW_SLEEP")];
  const step = (name) => globalThis[Symbol.for("WORKFLOW_USE_STEP")](name);
  const later = ${helpers.later};
  const wonBy = ${helpers.wonBy};
  globalThis.__private_workflows = new Map([["workflow", ${body}]]);
`;
const run = { runId: RUN, workflowName: "workflow", startedAt: START, createdAt: START, status: "running", input };

async function replay(body, events) {
  let timer;
  const hangs = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("hangs")), PATIENCE);
  });
  try {
    await Promise.race([runWorkflow(code(body), run, events, undefined), hangs]);
    return null;
  } catch (error) {
    return error;
  } finally {
    clearTimeout(timer);
  }
}

// The ids of operations are drawn in turn from one seeded sequence: ask for many, once.
const asked = await replay(
  `async () => { for (let k = 0; k < ${LATEST}; k++) later(); await later(); }`,
  [],
);
const ids = asked.steps.map((item) => item.correlationId.split("_")[1]);
const ordinal = (correlationId) => ids.indexOf(correlationId.split("_")[1]);

const KIND = { step: "step", hook: "hook", wait: "wait" };
const DATA = {
  step_created: { input },
  step_completed: { result: payload },
  step_failed: { error: "refused" },
  hook_created: { token: "token" },
  hook_received: { payload },
  hook_conflict: { token: "token", conflictingRunId: RUN },
  wait_created: { resumeAt: new Date("2026-01-02T00:00:00Z") },
};

function event([type, which, name], position) {
  const kind = KIND[type.split("_")[0]];
  return {
    eventId: `evnt_${String(position).padStart(26, "0")}`,
    runId: RUN,
    eventType: type,
    createdAt: new Date(+START + position),
    correlationId: kind ? `${kind}_${ids[which]}` : undefined,
    eventData: { ...DATA[type], ...(name && { stepName: name }) },
  };
}

async function judged({ shape, log }) {
  const events = [["run_created"], ["run_started"], ...log].map(event);
  const error = await replay(shapes[shape].toString(), events);
  if (error === null) {
    return { outcome: "completed" };
  }
  if (error.name === "WorkflowSuspension") {
    const pending = error.steps.filter((item) => !item.hasCreatedEvent);
    return {
      outcome: "suspended",
      pending: pending.map((item) => [
        item.type,
        ordinal(item.correlationId),
        ...(item.stepName ? [item.stepName] : []),
      ]),
    };
  }
  if (error.message === "hangs") {
    return { outcome: "hangs" };
  }
  const fails = error.message === "refused" || error.name === "HookConflictError";
  return { outcome: fails ? "failed" : "diverged" };
}

const logs = [];
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim()) logs.push(JSON.parse(line));
}
for (let k = 0; k < logs.length; k += 64) {
  const part = await Promise.all(logs.slice(k, k + 64).map(judged));
  part.forEach((outcome) => console.log(JSON.stringify(outcome)));
}
process.exit(0);
