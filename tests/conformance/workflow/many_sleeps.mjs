// How many sleeps in a row a run of @workflow/core on @workflow/world-local survives.
//
//     npm install --prefix DIR @workflow/core@4.8.9 @workflow/world-local@4.4.1
//     node many_sleeps.mjs DIR 60
//
// runs a workflow of so many sleeps of a second, one after another, on the real queue of world-local
// (so it takes that long); writes a line of JSON: how many sleeps were over, and how the run ended.
// deliveries-4.4.1.jsonl has what came out for 40 and for 60.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, rounds] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(join(resolve(packages), "node_modules", name)).href);
const { createLocalWorld } = await load("@workflow/world-local/dist/index.js");
const { setWorld, workflowEntrypoint } = await load("@workflow/core/dist/runtime.js");
const { dehydrateWorkflowArguments } = await load("@workflow/core/dist/serialization.js");

// The warnings of the SDK are no part of the output.
console.log = console.warn = console.info = console.error;

const CODE = `
  const sleep = (time) => globalThis[Symbol.for("WORKFLOW_SLEEP")](time);
  async function many_sleeps() {
    for (let round = 0; round < ${Number(rounds)}; round++) await sleep("1s");
  }
  globalThis.__private_workflows = new Map(Object.entries({ many_sleeps }));
`;
const folder = mkdtempSync(join(tmpdir(), "many-sleeps-"));
const world = createLocalWorld({ dataDir: folder, recoverActiveRuns: false });
setWorld(world);
world.registerHandler("__wkf_workflow_", workflowEntrypoint(CODE));
const { run } = await world.events.create(null, {
  eventType: "run_created",
  specVersion: world.specVersion,
  eventData: {
    deploymentId: "local",
    workflowName: "many_sleeps",
    input: await dehydrateWorkflowArguments([], "wrun_0", undefined),
  },
});
await world.queue("__wkf_workflow_many_sleeps", { runId: run.runId });
let ended = run;
while (!["completed", "failed"].includes(ended.status)) {
  await new Promise((wake) => setTimeout(wake, 100));
  ended = await world.runs.get(run.runId);
}
const events = [];
for (let cursor; ; ) {
  const page = await world.events.list({ runId: run.runId, pagination: { limit: 100, cursor } });
  events.push(...page.data);
  if (!page.hasMore) break;
  cursor = page.cursor;
}
const slept = events.filter(({ eventType }) => eventType === "wait_completed").length;
rmSync(folder, { recursive: true, force: true });
const error = ended.error?.code ?? ended.errorCode ?? "";
const told = { rounds: Number(rounds), slept, status: ended.status, error };
process.stdout.write(`${JSON.stringify(told)}\n`);
process.exit(0);
