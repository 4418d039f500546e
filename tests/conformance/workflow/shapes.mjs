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

  three_sleeps: async () => {
    await Promise.all([later(), later(), later()]);
  },

  naps: async () => {
    for (let k = 0; k < 3; k++) {
      await later();
    }
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

  parallel_steps: async () => {
    const branch = async (name) => {
      await step(`first ${name}`)();
      await step(`second ${name}`)();
    };
    await Promise.all([branch("a"), branch("b")]);
  },

  two_hooks: async () => {
    const left = hook({ token: "token" });
    const right = hook({ token: "token" });
    const winner = await Promise.race([wonBy("left", left), wonBy("right", right)]);
    if (winner === "left") {
      await step("go left")();
    } else {
      await step("go right")();
    }
  },

  loop: async () => {
    for (let k = 0; k < 2; k++) {
      await later();
      await step("poll")();
    }
  },

  nested_races: async () => {
    const received = hook({ token: "token" });
    const inner = Promise.race([wonBy("hook", received), wonBy("sleep", later())]);
    const winner = await Promise.race([inner, wonBy("deadline", later())]);
    if (winner === "hook") {
      await step("handle")();
    } else {
      await later();
    }
  },

  charge_or_cancel: async () => {
    const received = hook({ token: "token" });
    const payload = wonBy("hook", received);
    if ((await Promise.race([step("charge")(), payload])) === "hook") {
      await step("cancel")();
    }
  },

  step_or_sleep: async () => {
    const settled = async (promise) => {
      try {
        await promise;
      } catch {
        // Made good by what follows.
      }
      return "step";
    };
    const winner = await Promise.race([settled(step("work")()), wonBy("sleep", later())]);
    if (winner === "step") {
      await step("publish")();
    } else {
      await later();
    }
  },

  hook_or_deadline: async () => {
    const received = hook({ token: "token" });
    const winner = await Promise.race([wonBy("hook", received), wonBy("sleep", later())]);
    if (winner === "sleep") {
      throw new Error("refused");
    }
    await step("handle")();
  },

  one_payload: async () => {
    const received = hook({ token: "token" });
    await received;
    received.dispose();
    await step("after")();
  },

  payload_or_sleep: async () => {
    const received = hook({ token: "token" });
    await Promise.race([wonBy("hook", received), wonBy("sleep", later())]);
    received.dispose();
    await step("after")();
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

  remind_or_give_up: async () => {
    const received = hook({ token: "token" });
    const inner = Promise.race([wonBy("hook", received), wonBy("reminder", later())]);
    const winner = await Promise.race([inner, wonBy("deadline", later())]);
    if (winner === "hook") {
      await step("handle")();
    } else if (winner === "reminder") {
      await step("remind")();
    } else {
      await step("give up")();
    }
  },

  one_token: async () => {
    for (let k = 0; k < 2; k++) {
      const received = hook({ token: "token" });
      await received;
      received.dispose();
    }
  },

  stress_3: async () => {
    const received = hook({ token: "token" });
    let payload = wonBy("hook", received);
    for (let k = 0; k < 3; k++) {
      const winner = await Promise.race([payload, wonBy("sleep", later())]);
      if (winner === "hook") {
        payload = wonBy("hook", received);
      } else {
        await Promise.all([later(), later()]);
      }
    }
  },
};
