// Runs programs (see programs.py) with libkj itself: coroutines, forks, fulfillers, cancellation.
//
//     clang++ -std=c++23 -I CAPNPROTO/c++/src driver.c++ LIBKJ -o driver
//     ./driver < programs.txt > noted.txt
//
// Input: the number of programs; for each, six scripts: a number of operations, and pairs of a code
// and an argument. Output: what each program notes, a line of numbers.
#include <kj/async.h>
#include <kj/debug.h>
#include <kj/vector.h>

#include <iostream>
#include <string>
#include <vector>

namespace {

constexpr int TASKS = 6, LENGTH = 4, PLAIN = 3, FORKS = 2, JOINED = 3, CHAINS = 2;
enum Outcome { DONE, REJECTED, CANCELLED, LEFT };

struct Operation {
  std::string code;
  int argument;
};
using Script = std::vector<Operation>;

// Says when nothing is left to do, by letting the main promise go on.
class Quiet final : public kj::EventPort {
public:
  kj::Maybe<kj::Own<kj::PromiseFulfiller<void>>> over;
  bool wait() override {
    KJ_IF_SOME(fulfiller, over) {
      fulfiller->fulfill();
    }
    return false;
  }
  bool poll() override { return false; }
};

class Interpreter {
public:
  explicit Interpreter(const std::vector<Script> &scripts) : scripts(scripts) {
    for (int k = 0; k < PLAIN; k++) {
      auto paf = kj::newPromiseAndFulfiller<void>();
      plain.add(kj::mv(paf.promise));
      fulfillers.add(kj::mv(paf.fulfiller));
    }
    for (int k = 0; k < FORKS; k++) {
      auto paf = kj::newPromiseAndFulfiller<void>();
      forks.add(paf.promise.fork());
      fulfillers.add(kj::mv(paf.fulfiller));
      held.add(kj::none);
    }
    // What is made of two promises each, in the order of their fulfillers.
    kj::Vector<kj::Promise<void>> parts;
    for (int k = 0; k < 2 * JOINED; k++) {
      auto paf = kj::newPromiseAndFulfiller<void>();
      parts.add(kj::mv(paf.promise));
      fulfillers.add(kj::mv(paf.fulfiller));
    }
    joined.add(parts[0].exclusiveJoin(kj::mv(parts[1])));
    joined.add(kj::joinPromises(kj::arr(kj::mv(parts[2]), kj::mv(parts[3]))));
    joined.add(kj::raceSuccessful(kj::arr(kj::mv(parts[4]), kj::mv(parts[5]))));
    for (int k = 0; k < CHAINS; k++) {
      auto paf = kj::newPromiseAndFulfiller<kj::Promise<void>>();
      chains.add(kj::mv(paf.promise));
      resolvers.add(kj::mv(paf.fulfiller));
    }
    for (int k = 0; k < TASKS; k++) begun.add(kj::none);
  }

  kj::Promise<void> run(int t) {
    // Notes that the task is destroyed before its end.
    bool over = false;
    KJ_DEFER({
      if (!over) note(t, 0, CANCELLED);
    });
    const Script &script = scripts[t];
    for (int k = 0; k < int(script.size()); k++) {
      const Operation &operation = script[k];
      if (operation.code == "raise") {
        note(t, k, REJECTED);
        over = true;
        kj::throwFatalException(KJ_EXCEPTION(FAILED, "raised"));
      }
      Outcome outcome = DONE;
      try {
        // What does not wait costs nothing; a promise that is settled would cost a turn.
        KJ_IF_SOME(promise, operate(t, k, operation.code, operation.argument)) {
          co_await promise;
        }
      } catch (kj::Exception &) {
        outcome = REJECTED;
      }
      note(t, k, outcome);
    }
    over = true;
  }

  std::vector<int> noted;

private:
  const std::vector<Script> &scripts;
  kj::Vector<kj::Maybe<kj::Promise<void>>> plain;
  kj::Vector<kj::ForkedPromise<void>> forks;
  kj::Vector<kj::Own<kj::PromiseFulfiller<void>>> fulfillers;
  kj::Vector<kj::Maybe<kj::Promise<void>>> held;
  kj::Vector<kj::Maybe<kj::Promise<void>>> joined;
  kj::Vector<kj::Maybe<kj::Promise<void>>> chains;
  kj::Vector<kj::Own<kj::PromiseFulfiller<kj::Promise<void>>>> resolvers;
  bool resolved[CHAINS] = {};
  kj::Vector<kj::Promise<void>> eager;
  kj::Vector<kj::Maybe<kj::Promise<void>>> begun;

  void note(int t, int k, Outcome outcome) {
    noted.push_back((outcome * TASKS + t) * LENGTH + k);
  }

  // What there is in a place, for its only owner.
  static kj::Maybe<kj::Promise<void>> take(kj::Maybe<kj::Promise<void>> &place) {
    auto taken = kj::mv(place);
    place = kj::none;
    return taken;
  }

  // What a chain is to follow, unless it has been resolved.
  kj::Maybe<kj::Promise<void>> unresolved(int n) {
    if (resolved[n]) return kj::none;
    return take(plain[n]);
  }

  void settle(bool fulfilled, int n) {
    if (fulfilled) {
      fulfillers[n]->fulfill();
    } else {
      fulfillers[n]->reject(KJ_EXCEPTION(FAILED, "rejected"));
    }
  }

  void begin(kj::Promise<void> promise) { eager.add(promise.eagerlyEvaluate(nullptr)); }

  kj::Maybe<kj::Promise<void>> operate(int t, int k, const std::string &code, int argument) {
    auto noting = [this, t, k]() { note(t, k, LEFT); };
    if (code == "yield") return kj::yield();
    if (code == "last") return kj::yieldUntilQueueEmpty();
    if (code == "sleep") return kj::yieldUntilWouldSleep();
    if (code == "later") return kj::evalLater(kj::cp(noting));
    if (code == "eager") {
      begin(kj::evalLater(kj::cp(noting)));
    } else if (code == "spawn") {
      begun[argument] = run(argument);
    } else if (code == "call") {
      return run(argument);
    } else if (code == "join") {
      if (argument > t) return take(begun[argument]);
    } else if (code == "await") {
      return take(plain[argument]);
    } else if (code == "joined") {
      return take(joined[argument]);
    } else if (code == "chained") {
      return take(chains[argument]);
    } else if (code == "follow") {
      KJ_IF_SOME(other, unresolved(argument)) {
        resolved[argument] = true;
        resolvers[argument]->fulfill(kj::mv(other));
      }
    } else if (code == "ready") {
      if (!resolved[argument]) resolvers[argument]->fulfill(kj::READY_NOW);
      resolved[argument] = true;
    } else if (code == "broken") {
      if (!resolved[argument]) resolvers[argument]->reject(KJ_EXCEPTION(FAILED, "rejected"));
      resolved[argument] = true;
    } else if (code == "fork") {
      return forks[argument].addBranch();
    } else if (code == "branch") {
      if (held[argument] == kj::none) held[argument] = forks[argument].addBranch();
    } else if (code == "held") {
      return take(held[argument]);
    } else if (code == "then") {
      begin(forks[argument].addBranch().then(kj::cp(noting), [noting](kj::Exception &&) { noting(); }));
    } else if (code == "chain") {
      return forks[argument].addBranch().then([]() { return kj::yield(); });
    } else if (code == "set" || code == "reject") {
      settle(code == "set", argument);
    } else if (code == "setfork" || code == "rejectfork") {
      settle(code == "setfork", PLAIN + argument);
    } else if (code == "setpart" || code == "rejectpart") {
      settle(code == "setpart", PLAIN + FORKS + argument);
    } else if (code == "cancel") {
      if (argument > t) begun[argument] = kj::none;
    } else {
      KJ_FAIL_REQUIRE("no such operation", code.c_str());
    }
    return kj::none;
  }
};

// Runs a program until nothing is left to do.
std::vector<int> noted(const std::vector<Script> &scripts) {
  Quiet port;
  kj::EventLoop loop(port);
  kj::WaitScope scope(loop);
  auto end = kj::newPromiseAndFulfiller<void>();
  port.over = kj::mv(end.fulfiller);
  Interpreter interpreter(scripts);
  auto main = kj::evalLater([&]() { return interpreter.run(0); }).eagerlyEvaluate(nullptr);
  end.promise.wait(scope);
  return interpreter.noted;
}

} // namespace

int main() {
  int programs;
  std::cin >> programs;
  for (int program = 0; program < programs; program++) {
    std::vector<Script> scripts(TASKS);
    for (Script &script : scripts) {
      int operations;
      std::cin >> operations;
      script.resize(operations);
      for (Operation &each : script) std::cin >> each.code >> each.argument;
    }
    for (int each : noted(scripts)) std::cout << each << ' ';
    std::cout << '\n';
  }
}
