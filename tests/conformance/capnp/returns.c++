// Does what a call pushes get to its caller before what it returns? With Cap'n Proto itself.
//
//     clang++ -std=c++23 -I CAPNPROTO/c++/src returns.c++ CAPNP_AND_KJ -o returns
//     ./returns > returns.jsonl
//
// A server pushes an object to the caller's pusher, and returns the promise for it, as workerd's
// JsRpcTargetBase does with a stream in a result. The caller waits for some turns of the loop more,
// each a continuation that returns a promise, and looks: has the push been received, and can what
// was returned be unwrapped at once (tryGetLocalServerSync)? Over a network both messages are there
// before the caller reads the first of them. A vat between forwards calls of itself, or by
// objects of its own, which take some turns for a push. The membranes are those that
// JsRpcSessionCustomEvent put around a session until May 2026.
#include <capnp/capability.h>
#include <capnp/membrane.h>
#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>
#include <kj/debug.h>
#include <kj/thread.h>
#include <kj/vector.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <iostream>

namespace {

using capnp::AnyPointer;
using capnp::Capability;
using Context = capnp::CallContext<AnyPointer, AnyPointer>;

constexpr uint64_t PUSHER = 1, TARGET = 2;
constexpr int TURNS = 8, HOPS = 7;
constexpr auto MOMENT = 5 * kj::MILLISECONDS;
constexpr int MUCH_LATER = 30000;  // µs; long after a message has come

struct External final : Capability::Server {
  DispatchCallResult dispatchCall(uint64_t, uint16_t, Context) override { KJ_UNIMPLEMENTED(); }
};

// The caller's ExternalPusher.
struct Pusher final : Capability::Server {
  capnp::CapabilityServerSet<Capability> &externals;
  int &pushes;

  Pusher(capnp::CapabilityServerSet<Capability> &externals, int &pushes)
      : externals(externals), pushes(pushes) {}

  DispatchCallResult dispatchCall(uint64_t, uint16_t, Context context) override {
    pushes++;
    context.getResults().setAs<Capability>(externals.add(kj::heap<External>()));
    return {kj::READY_NOW, false, false};
  }
};

// JsRpcTargetBase: pushes to the pusher that it is given, then returns.
struct Target final : Capability::Server {
  std::atomic<bool> &returned;

  explicit Target(std::atomic<bool> &returned) : returned(returned) {}

  kj::Promise<void> call(Context context) {
    // The caller is to have stopped reading by now.
    usleep(MUCH_LATER);
    co_await kj::yield();
    auto request = context.getParams().getAs<Capability>().typelessRequest(PUSHER, 0, kj::none, {});
    auto pipeline = capnp::PipelineHook::from(request.send());
    kj::ArrayPtr<const capnp::PipelineOp> itself;
    context.getResults().setAs<Capability>(Capability::Client(pipeline->getPipelinedCap(itself)));
    returned = true;
  }

  DispatchCallResult dispatchCall(uint64_t, uint16_t, Context context) override {
    return {call(context), false, false};
  }
};

// An object that forwards calls, and wraps the pusher that is passed by it.
struct Forwarder final : Capability::Server {
  Capability::Client inner;
  int hops;

  Forwarder(Capability::Client inner, int hops) : inner(kj::mv(inner)), hops(hops) {}

  kj::Promise<void> forward(Context context, capnp::Request<AnyPointer, AnyPointer> request) {
    for (int k = 0; k < hops; k++) {
      co_await kj::yield();
    }
    co_await context.tailCall(kj::mv(request));
  }

  DispatchCallResult dispatchCall(uint64_t interface, uint16_t method, Context context) override {
    auto request = inner.typelessRequest(interface, method, kj::none, {});
    if (interface == TARGET) {
      Capability::Client pusher = context.getParams().getAs<Capability>();
      request.setAs<Capability>(Capability::Client(kj::heap<Forwarder>(kj::mv(pusher), hops)));
      return {context.tailCall(kj::mv(request)), false, false};
    }
    if (hops == 0) {
      return {context.tailCall(kj::mv(request)), false, false};
    }
    return {forward(context, kj::mv(request)), false, false};
  }
};

struct Membrane : capnp::MembranePolicy, kj::Refcounted {
  using Redirected = kj::Maybe<Capability::Client>;
  Redirected inboundCall(uint64_t, uint16_t, Capability::Client) override { return kj::none; }
  Redirected outboundCall(uint64_t, uint16_t, Capability::Client) override { return kj::none; }
  kj::Own<MembranePolicy> addRef() override { return kj::addRef(*this); }
};

// RevokerMembrane: every call through it also waits for the end of the session.
struct Revoker final : Membrane {
  kj::PromiseFulfillerPair<void> paf = kj::newPromiseAndFulfiller<void>();
  kj::ForkedPromise<void> revoked = paf.promise.fork();
  kj::Maybe<kj::Promise<void>> onRevoked() override { return revoked.addBranch(); }
};

// ServerTopLevelMembrane: each call gets a membrane of its own.
struct TopLevel final : Membrane {
  Redirected inboundCall(uint64_t, uint16_t, Capability::Client target) override {
    return capnp::membrane(kj::mv(target), kj::refcounted<Membrane>());
  }
};

Capability::Client served(std::atomic<bool> &returned, bool membranes) {
  Capability::Client target = kj::heap<Target>(returned);
  return membranes ? capnp::membrane(kj::mv(target), kj::refcounted<TopLevel>()) : target;
}

Capability::Client received(Capability::Client cap, bool membranes) {
  if (!membranes) {
    return cap;
  }
  cap = capnp::membrane(kj::mv(cap), kj::refcounted<Revoker>());
  return capnp::membrane(kj::mv(cap), kj::refcounted<Membrane>());
}

struct Seen {
  bool pushed, unwrapped;
};

// One call, and what there is to see so many turns after its return.
kj::Promise<Seen> called(Capability::Client target, int turns) {
  using Response = capnp::Response<AnyPointer>;
  capnp::CapabilityServerSet<Capability> externals;
  int pushes = 0;
  auto request = target.typelessRequest(TARGET, 0, kj::none, {});
  request.setAs<Capability>(Capability::Client(kj::heap<Pusher>(externals, pushes)));
  kj::Promise<Response> promise = request.send();
  for (int k = 0; k < turns; k++) {
    promise = promise.then([](Response response) -> kj::Promise<Response> {
      return kj::mv(response);
    });
  }
  co_return co_await promise.then([&](Response response) {
    Capability::Client external = response.getAs<Capability>();
    return Seen{pushes > 0, externals.tryGetLocalServerSync(external) != kj::none};
  });
}

Seen local(kj::AsyncIoContext &io, int turns, bool membranes) {
  std::atomic<bool> returned = false;
  return called(served(returned, membranes), turns).wait(io.waitScope);
}

struct Sockets {
  int ends[2];
  Sockets() { KJ_SYSCALL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends)); }
  kj::Own<kj::AsyncIoStream> end(int k, kj::AsyncIoContext &io) {
    return io.lowLevelProvider->wrapSocketFd(kj::OwnFd(ends[k]));
  }
};

void serve(kj::AsyncIoContext &io, kj::AsyncIoStream &stream, Capability::Client cap,
           std::atomic<bool> &over) {
  capnp::TwoPartyClient rpc(stream, kj::mv(cap), capnp::rpc::twoparty::Side::SERVER);
  while (!over) {
    io.provider->getTimer().afterDelay(MOMENT).wait(io.waitScope);
  }
}

// A call over a network, directly or by a vat in between that forwards it.
Seen remote(kj::AsyncIoContext &io, int turns, bool membranes, bool proxy, kj::Maybe<int> hops) {
  Sockets near, far;
  std::atomic<bool> over = false, returned = false;
  kj::Thread server([&] {
    auto io = kj::setupAsyncIo();
    auto stream = (proxy ? far : near).end(0, io);
    serve(io, *stream, served(returned, membranes), over);
  });
  kj::Thread between([&] {
    if (proxy) {
      auto io = kj::setupAsyncIo();
      auto up = far.end(1, io), down = near.end(0, io);
      capnp::TwoPartyClient rpc(*up);
      auto cap = rpc.bootstrap();
      KJ_IF_SOME(h, hops) {
        cap = kj::heap<Forwarder>(kj::mv(cap), h);
      }
      serve(io, *down, received(kj::mv(cap), membranes), over);
    }
  });
  KJ_DEFER(over = true);
  auto stream = near.end(1, io);
  capnp::TwoPartyClient rpc(*stream);
  auto bootstrap = rpc.bootstrap();
  bootstrap.whenResolved().wait(io.waitScope);
  auto promise = called(received(kj::mv(bootstrap), membranes), turns);
  io.provider->getTimer().afterDelay(MOMENT).wait(io.waitScope);  // the call is sent
  while (!returned) {
    usleep(1000);
  }
  usleep(MUCH_LATER);
  return promise.wait(io.waitScope);
}

template <typename Function>
void line(const char *between, kj::Maybe<int> hops, bool membranes, Function seen) {
  kj::Vector<const char *> pushed, unwrapped;
  for (int turns = 0; turns < TURNS; turns++) {
    Seen found = seen(turns);
    pushed.add(found.pushed ? "true" : "false");
    unwrapped.add(found.unwrapped ? "true" : "false");
  }
  auto own = [](int h) { return kj::str(h); };
  std::cout << "{\"between\": \"" << between << "\", \"hops\": "
            << hops.map(own).orDefault(kj::str("null")).cStr()
            << ", \"membranes\": " << (membranes ? "true" : "false")
            << ", \"pushed\": [" << kj::strArray(pushed, ", ").cStr()
            << "], \"unwrapped\": [" << kj::strArray(unwrapped, ", ").cStr() << "]}" << std::endl;
}

}  // namespace

int main() {
  auto io = kj::setupAsyncIo();
  for (bool membranes : {false, true}) {
    line("loop", kj::none, membranes, [&](int t) { return local(io, t, membranes); });
    line("network", kj::none, membranes,
         [&](int t) { return remote(io, t, membranes, false, kj::none); });
    line("proxy", kj::none, membranes,
         [&](int t) { return remote(io, t, membranes, true, kj::none); });
  }
  for (int hops = 0; hops < HOPS; hops++) {
    line("proxy", hops, false, [&](int t) { return remote(io, t, false, true, hops); });
  }
}
