// Chains and joins of libkj: the programs of test_chain.py, and the order in which they go on.
//
//     g++ -std=c++17 chains.c++ -lkj-async -lkj -lpthread
//
// Each evalLater() is an event that is queued at the beginning, in this order; each promise that
// is awaited has a continuation that says what it was given, or 9 for an exception.

#include <kj/async.h>
#include <kj/debug.h>
#include <kj/vector.h>
#include <stdio.h>

using namespace kj;

void say(int n) { printf(" %d", n); }

template <typename Body>
void run(const char* name, Body body) {
  EventLoop loop;
  WaitScope scope(loop);
  printf("%s:", name);
  body(scope);
  printf("\n");
}

template <typename T>
Promise<void> await(Promise<T> promise) {
  return promise.then([](int value) { say(value); }, [](Exception&&) { say(9); })
      .eagerlyEvaluate(nullptr);
}

template <typename Body>
Promise<void> event(Body body) {
  return evalLater(kj::mv(body)).eagerlyEvaluate(nullptr);
}

#define CHAIN newPromiseAndFulfiller<Promise<int>>()
#define PROMISE newPromiseAndFulfiller<int>()
#define FAILURE KJ_EXCEPTION(FAILED, "no")

int main() {
  run("pending", [](WaitScope& scope) {
    auto c = CHAIN;
    auto p = PROMISE;
    auto waiter = await(kj::mv(c.promise));
    auto e1 = event([&] { say(10); c.fulfiller->fulfill(kj::mv(p.promise)); });
    auto e2 = event([&] { say(11); });
    auto e3 = event([&] { say(12); p.fulfiller->fulfill(1); });
    auto e4 = event([&] { say(13); });
    scope.poll();
  });
  run("together", [](WaitScope& scope) {
    auto c = CHAIN;
    auto p = PROMISE;
    auto waiter = await(kj::mv(c.promise));
    auto e1 = event([&] {
      say(10); c.fulfiller->fulfill(kj::mv(p.promise)); p.fulfiller->fulfill(1);
    });
    auto e2 = event([&] { say(11); });
    auto e3 = event([&] { say(12); });
    scope.poll();
  });
  run("settled", [](WaitScope& scope) {
    auto c = CHAIN;
    auto p = PROMISE;
    auto waiter = await(kj::mv(c.promise));
    auto e1 = event([&] {
      say(10); p.fulfiller->fulfill(1); c.fulfiller->fulfill(kj::mv(p.promise));
    });
    auto e2 = event([&] { say(11); });
    scope.poll();
  });
  run("value", [](WaitScope& scope) {
    auto c = CHAIN;
    auto waiter = await(kj::mv(c.promise));
    auto e1 = event([&] { say(10); c.fulfiller->fulfill(Promise<int>(1)); });
    auto e2 = event([&] { say(11); });
    scope.poll();
  });
  run("rejected", [](WaitScope& scope) {
    auto c = CHAIN;
    auto waiter = await(kj::mv(c.promise));
    auto e1 = event([&] { say(10); c.fulfiller->reject(FAILURE); });
    auto e2 = event([&] { say(11); });
    scope.poll();
  });
  run("three", [](WaitScope& scope) {
    auto c1 = CHAIN, c2 = CHAIN;
    auto p = PROMISE, x = PROMISE;
    auto waiter = await(kj::mv(c1.promise));
    auto other = await(kj::mv(x.promise));
    auto e1 = event([&] { say(10); c1.fulfiller->fulfill(kj::mv(c2.promise)); });
    auto e2 = event([&] { say(11); c2.fulfiller->fulfill(kj::mv(p.promise)); });
    auto e3 = event([&] { say(12); p.fulfiller->fulfill(1); x.fulfiller->fulfill(2); });
    auto e4 = event([&] { say(13); });
    scope.poll();
  });
  run("at once", [](WaitScope& scope) {
    auto c1 = CHAIN, c2 = CHAIN;
    auto p = PROMISE;
    auto waiter = await(kj::mv(c1.promise));
    auto e1 = event([&] {
      say(10);
      c1.fulfiller->fulfill(kj::mv(c2.promise));
      c2.fulfiller->fulfill(kj::mv(p.promise));
      p.fulfiller->fulfill(1);
    });
    auto e2 = event([&] { say(11); });
    auto e3 = event([&] { say(12); });
    auto e4 = event([&] { say(13); });
    scope.poll();
  });
  run("inner rejected", [](WaitScope& scope) {
    auto c1 = CHAIN, c2 = CHAIN;
    auto p = PROMISE;
    auto waiter = await(kj::mv(c1.promise));
    auto e1 = event([&] {
      say(10);
      c1.fulfiller->fulfill(kj::mv(c2.promise));
      c2.fulfiller->fulfill(kj::mv(p.promise));
    });
    auto e2 = event([&] { say(11); });
    auto e3 = event([&] { say(12); p.fulfiller->reject(FAILURE); });
    auto e4 = event([&] { say(13); });
    scope.poll();
  });
  run("late waiter", [](WaitScope& scope) {
    auto c = CHAIN;
    auto p = PROMISE;
    Promise<void> waiter = nullptr;
    auto e1 = event([&] {
      say(10); p.fulfiller->fulfill(1); c.fulfiller->fulfill(kj::mv(p.promise));
    });
    auto e2 = event([&] { say(11); });
    auto e3 = event([&] { say(12); waiter = await(kj::mv(c.promise)); });
    auto e4 = event([&] { say(13); });
    scope.poll();
  });
  run("join", [](WaitScope& scope) {
    auto p = PROMISE, q = PROMISE, x = PROMISE;
    Vector<Promise<int>> parts;
    parts.add(kj::mv(q.promise));
    parts.add(kj::mv(p.promise));
    auto all = joinPromises(parts.releaseAsArray());
    auto waiter = await(all.then([](Array<int> values) { return values[0] + values[1]; }));
    auto other = await(kj::mv(x.promise));
    auto e1 = event([&] {
      say(10); q.fulfiller->fulfill(2); x.fulfiller->fulfill(5); p.fulfiller->fulfill(1);
    });
    auto e2 = event([&] { say(11); });
    scope.poll();
  });
  run("late for a join", [](WaitScope& scope) {
    auto p = PROMISE, q = PROMISE;
    Vector<Promise<int>> parts;
    parts.add(kj::mv(q.promise));
    parts.add(kj::mv(p.promise));
    auto all = joinPromises(parts.releaseAsArray());
    Promise<void> waiter = nullptr;
    auto e1 = event([&] {
      say(10); q.fulfiller->fulfill(2); p.fulfiller->fulfill(1);
      waiter = await(all.then([](Array<int> values) { return values[0] + values[1]; }));
    });
    auto e2 = event([&] { say(11); });
    scope.poll();
  });
  run("race", [](WaitScope& scope) {
    auto p = PROMISE, q = PROMISE, x = PROMISE;
    auto waiter = await(q.promise.exclusiveJoin(kj::mv(p.promise)));
    auto other = await(kj::mv(x.promise));
    auto e1 = event([&] {
      say(10); q.fulfiller->fulfill(2); x.fulfiller->fulfill(5); p.fulfiller->fulfill(1);
    });
    auto e2 = event([&] { say(11); });
    scope.poll();
  });
  run("race of a chain", [](WaitScope& scope) {
    auto c = CHAIN;
    auto p = PROMISE, q = PROMISE;
    auto waiter = await(c.promise.exclusiveJoin(kj::mv(p.promise)));
    auto e1 = event([&] { say(10); c.fulfiller->fulfill(kj::mv(q.promise)); });
    auto e2 = event([&] { say(11); });
    auto e3 = event([&] { say(12); q.fulfiller->fulfill(2); p.fulfiller->fulfill(1); });
    auto e4 = event([&] { say(13); });
    scope.poll();
  });
  run("joined in a step", [](WaitScope& scope) {
    auto p = PROMISE, q = PROMISE;
    Promise<void> waiter = nullptr;
    auto e1 = event([&] {
      say(10);
      p.fulfiller->fulfill(1);
      Vector<Promise<int>> parts;
      parts.add(kj::mv(p.promise));
      parts.add(kj::mv(q.promise));
      q.fulfiller->fulfill(2);
      auto all = joinPromises(parts.releaseAsArray());
      waiter = await(all.then([](Array<int> values) { return values[0] + values[1]; }));
    });
    auto e2 = event([&] { say(11); });
    auto e3 = event([&] { say(12); });
    scope.poll();
  });
}
