// References of Cap'n Proto: runs the programs of reference_programs.py, in their notation.
//
//     g++ -std=c++17 references.c++ -lcapnp-rpc -lcapnp -lkj-async -lkj -lpthread
//
// A line is a program: events, queued at the beginning in this order, separated by " / "; each a
// list of instructions, which a "later" cuts into turns. For each program a line comes out: the
// calls in the order in which objects had them, a bar, those that were rejected in their order.

#include <capnp/any.h>
#include <capnp/capability.h>
#include <capnp/membrane.h>
#include <iostream>
#include <kj/async.h>
#include <kj/debug.h>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

using namespace capnp;

struct Said {
  std::vector<int> delivered, rejected;
};

class Object final: public Capability::Server {
public:
  explicit Object(Said& said): said(said) {}
  DispatchCallResult dispatchCall(
      uint64_t, uint16_t number, CallContext<AnyPointer, AnyPointer>) override {
    said.delivered.push_back(number);
    return {kj::READY_NOW, false};
  }

private:
  Said& said;
};

// Sends calls from 10 on to another object; `waits` is shouldResolveBeforeRedirecting().
class Policy final: public MembranePolicy, public kj::Refcounted {
public:
  Policy(Capability::Client elsewhere, bool waits, kj::Promise<void> revoked)
      : elsewhere(kj::mv(elsewhere)), waits(waits), revoked(revoked.fork()) {}
  kj::Maybe<Capability::Client> inboundCall(
      uint64_t, uint16_t number, Capability::Client) override {
    if (number >= 10) return elsewhere;
    return nullptr;
  }
  kj::Maybe<Capability::Client> outboundCall(uint64_t, uint16_t, Capability::Client) override {
    return nullptr;
  }
  kj::Own<MembranePolicy> addRef() override { return kj::addRef(*this); }
  bool shouldResolveBeforeRedirecting() override { return waits; }
  kj::Maybe<kj::Promise<void>> onRevoked() override { return revoked.addBranch(); }

private:
  Capability::Client elsewhere;
  bool waits;
  kj::ForkedPromise<void> revoked;
};

// References by number: 0 and 1 are objects, 2 to 4 promises, 5 and 6 what 2 and 0 are outside of
// a membrane, 7 what 3 is outside of one that waits before it redirects, 8 is 1 inside the first.
struct World {
  Said said;
  kj::PromiseFulfillerPair<void> revocation = kj::newPromiseAndFulfiller<void>();
  std::vector<Capability::Client> references;
  std::vector<kj::Own<kj::PromiseFulfiller<Capability::Client>>> fulfillers;
  std::vector<kj::Promise<void>> calls;

  World() {
    references.push_back(kj::heap<Object>(said));
    references.push_back(kj::heap<Object>(said));
    for (int k = 0; k < 3; k++) {
      auto pair = kj::newPromiseAndFulfiller<Capability::Client>();
      references.push_back(Capability::Client(kj::mv(pair.promise)));
      fulfillers.push_back(kj::mv(pair.fulfiller));
    }
    auto policy = kj::refcounted<Policy>(references[1], false, kj::mv(revocation.promise));
    kj::Promise<void> never = kj::NEVER_DONE;
    auto waiting = kj::refcounted<Policy>(references[1], true, kj::mv(never));
    references.push_back(membrane(kj::cp(references[2]), policy->addRef()));
    references.push_back(membrane(kj::cp(references[0]), policy->addRef()));
    references.push_back(membrane(kj::cp(references[3]), waiting->addRef()));
    references.push_back(reverseMembrane(kj::cp(references[1]), policy->addRef()));
  }

  void call(Capability::Client client, int number) {
    auto sent = client.typelessRequest(1, number, nullptr).send();
    calls.push_back(sent.ignoreResult().eagerlyEvaluate(
        [this, number](kj::Exception&&) { said.rejected.push_back(number); }));
  }

  Capability::Client innermost(int k) {
    auto hook = ClientHook::from(kj::cp(references[k]));
    for (;;) {
      KJ_IF_MAYBE(resolved, hook->getResolved()) {
        hook = resolved->addRef();
      } else {
        return Capability::Client(kj::mv(hook));
      }
    }
  }

  void obey(const std::string& what, int a, int b) {
    if (what == "call") {
      call(references[a], b);
    } else if (what == "resolve") {
      fulfillers[a - 2]->fulfill(kj::cp(references[b]));
    } else if (what == "break") {
      fulfillers[a - 2]->reject(KJ_EXCEPTION(FAILED, "no"));
    } else if (what == "look") {
      ClientHook::from(kj::cp(references[a]))->getResolved();
    } else if (what == "end") {
      call(innermost(a), b);
    } else if (what == "tell") {
      KJ_IF_MAYBE(promise, ClientHook::from(kj::cp(references[a]))->whenMoreResolved()) {
        calls.push_back(promise->then([this, b](kj::Own<ClientHook>&& known) {
          call(Capability::Client(kj::mv(known)), b);
        }).eagerlyEvaluate([](kj::Exception&&) {}));
      }
    } else if (what == "revoke") {
      revocation.fulfiller->reject(KJ_EXCEPTION(FAILED, "revoked"));
    }
  }

  kj::Promise<void> event(std::shared_ptr<std::istringstream> script) {
    std::string what;
    int a, b;
    while (*script >> what >> a >> b) {
      if (what == "later") return kj::evalLater([this, script]() { return event(script); });
      obey(what, a, b);
    }
    return kj::READY_NOW;
  }
};

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    kj::EventLoop loop;
    kj::WaitScope scope(loop);
    World world;
    std::vector<kj::Promise<void>> events;
    size_t from = 0;
    while (from <= line.size()) {
      size_t to = std::min(line.find(" / ", from), line.size());
      auto script = std::make_shared<std::istringstream>(line.substr(from, to - from));
      events.push_back(kj::evalLater([&world, script]() {
        return world.event(script);
      }).eagerlyEvaluate([](kj::Exception&& e) { std::cerr << e.getDescription().cStr() << "\n"; }));
      from = to + 3;
    }
    scope.poll();
    for (int number: world.said.delivered) std::cout << number << " ";
    std::cout << "|";
    for (int number: world.said.rejected) std::cout << " " << number;
    std::cout << "\n";
    scope.poll();
    events.clear();
    world.calls.clear();
  }
}
