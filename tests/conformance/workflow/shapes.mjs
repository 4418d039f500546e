// The workflow functions of models/workflow/shapes.py, as they are written with the SDK.
/* global hook, sleep, step */
const later = () => sleep("1d");
const wonBy = async (winner, promise) => {
  await promise;
  return winner;
};

export const helpers = { later, wonBy };

export const shapes = {
  hook_or_sleep: async () => {
    const received = hook({ token: "token" });
    const winner = await Promise.race([wonBy("hook", received), wonBy("sleep", later())]);
    if (winner === "hook") {
      await step("handle")();
    } else {
      await Promise.all([later(), later()]);
    }
  },

  hook_or_timeout: async () => {
    const received = hook({ token: "token" });
    const winner = await Promise.race([wonBy("hook", received), wonBy("sleep", later())]);
    if (winner === "hook") {
      await step("handle")();
    }
  },

  hook_against_step: async () => {
    const received = hook({ token: "token" });
    const winner = await Promise.race([wonBy("hook", received), wonBy("step", step("work")())]);
    if (winner === "hook") {
      await step("cancel")();
    } else {
      await step("publish")();
    }
  },

  two_sleeps: async () => {
    await Promise.all([later(), later()]);
  },

  uneven_branches: async () => {
    const nap = async () => {
      await later();
    };
    const slow = async () => {
      await nap();
      await step("slow")();
    };
    const fast = async () => {
      await later();
      await step("fast")();
    };
    await Promise.all([slow(), fast()]);
  },

  unread_payload: async () => {
    const received = hook({ token: "token" });
    const timer = async () => {
      await later();
      await step("after sleep")();
    };
    const worker = async () => {
      await step("work")();
      await step("after work")();
    };
    await Promise.all([timer(), worker()]);
    await received;
  },

  stress: async () => {
    const received = hook({ token: "token" });
    let payload = wonBy("hook", received);
    for (let k = 0; k < 2; k++) {
      const winner = await Promise.race([payload, wonBy("sleep", later())]);
      if (winner === "hook") {
        payload = wonBy("hook", received);
      } else {
        await Promise.all([later(), later()]);
      }
    }
  },
};
