// Calls on one reference that Cap'n Proto delivers out of order: docs/findings.
//
//     g++ -std=c++17 resolved_promises.c++ -lcapnp-rpc -lcapnp -lkj-async -lkj -lpthread
//
// Says in which order calls 1, 2, 3, made in this order, have come to their object:
// over a connection, on a promise that resolves to a promise that is known already, or to the
// object itself; and on a wrapper of a promise that is known, with a look at it in between or not.

#include <capnp/any.h>
#include <capnp/capability.h>
#include <capnp/membrane.h>
#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>
#include <stdio.h>
#include <vector>

using namespace capnp;

class Object final: public Capability::Server {
public:
  explicit Object(std::vector<int>& got): got(got) {}
  DispatchCallResult dispatchCall(
      uint64_t, uint16_t number, CallContext<AnyPointer, AnyPointer>) override {
    got.push_back(number);
    return {kj::READY_NOW, false};
  }

private:
  std::vector<int>& got;
};

// Whatever it is asked for, it returns the same reference.
class Giver final: public Capability::Server {
public:
  explicit Giver(Capability::Client given): given(kj::mv(given)) {}
  DispatchCallResult dispatchCall(
      uint64_t, uint16_t, CallContext<AnyPointer, AnyPointer> context) override {
    context.initResults().setAs<Capability>(given);
    return {kj::READY_NOW, false};
  }

private:
  Capability::Client given;
};

class Passes final: public MembranePolicy, public kj::Refcounted {
public:
  kj::Maybe<Capability::Client> inboundCall(uint64_t, uint16_t, Capability::Client) override {
    return nullptr;
  }
  kj::Maybe<Capability::Client> outboundCall(uint64_t, uint16_t, Capability::Client) override {
    return nullptr;
  }
  kj::Own<MembranePolicy> addRef() override { return kj::addRef(*this); }
};

struct Caller {
  std::vector<kj::Promise<void>> made;
  void call(Capability::Client client, int number) {
    auto sent = client.typelessRequest(1, number, nullptr).send();
    made.push_back(sent.ignoreResult().eagerlyEvaluate(nullptr));
  }
};

kj::Promise<void> turns(int n) {
  if (n == 0) return kj::READY_NOW;
  return kj::evalLater([n]() { return turns(n - 1); });
}

void say(const char* what, const std::vector<int>& got) {
  printf("%s:", what);
  for (int number: got) printf(" %d", number);
  printf("\n");
}

void connection(kj::WaitScope& scope, const char* what, int known) {
  std::vector<int> got;
  Capability::Client end = kj::heap<Object>(got);
  for (int k = 0; k < known; k++) {
    auto promised = kj::newPromiseAndFulfiller<Capability::Client>();
    Capability::Client next(kj::mv(promised.promise));
    promised.fulfiller->fulfill(kj::mv(end));
    turns(5).wait(scope);
    end = kj::mv(next);
  }
  auto promised = kj::newPromiseAndFulfiller<Capability::Client>();
  auto pipe = kj::newTwoWayPipe();
  TwoPartyVatNetwork there(*pipe.ends[0], rpc::twoparty::Side::SERVER);
  TwoPartyVatNetwork here(*pipe.ends[1], rpc::twoparty::Side::CLIENT);
  auto server = makeRpcServer(there, kj::heap<Giver>(Capability::Client(kj::mv(promised.promise))));
  auto client = makeRpcClient(here);
  MallocMessageBuilder message;
  auto vat = message.initRoot<rpc::twoparty::VatId>();
  vat.setSide(rpc::twoparty::Side::SERVER);
  auto giver = client.bootstrap(vat);
  auto stub = giver.typelessRequest(1, 0, nullptr).send().wait(scope).getAs<Capability>();
  Caller caller;
  caller.call(stub, 1);
  caller.call(stub, 2);
  turns(60).wait(scope);  // both have got to the promise, and wait there
  promised.fulfiller->fulfill(kj::mv(end));
  caller.call(stub, 3);
  turns(200).wait(scope);
  say(what, got);
}

void wrapper(kj::WaitScope& scope, const char* what, bool look) {
  std::vector<int> got;
  auto promised = kj::newPromiseAndFulfiller<Capability::Client>();
  auto policy = kj::refcounted<Passes>();
  auto stub = membrane(Capability::Client(kj::mv(promised.promise)), policy->addRef());
  promised.fulfiller->fulfill(kj::heap<Object>(got));
  turns(60).wait(scope);
  Caller caller;
  caller.call(stub, 1);
  if (look) ClientHook::from(kj::cp(stub))->getResolved();
  caller.call(stub, 2);
  caller.call(stub, 3);
  turns(60).wait(scope);
  say(what, got);
}

int main() {
  auto io = kj::setupAsyncIo();
  connection(io.waitScope, "connection, object", 0);
  connection(io.waitScope, "connection, two known promises", 2);
  wrapper(io.waitScope, "membrane", false);
  wrapper(io.waitScope, "membrane, looked at", true);
}
