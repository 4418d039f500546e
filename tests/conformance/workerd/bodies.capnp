using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .sender)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const sender :Workerd.Worker = (
  modules = [(name = "bodies", esModule = embed "bodies.js")],
  compatibilityDate = "2026-09-01",
  durableObjectNamespaces = [(className = "Receiver", uniqueKey = "receiver")],
  durableObjectStorage = (inMemory = void),
  bindings = [
    (name = "RECEIVER", durableObjectNamespace = "Receiver"),
    (name = "SERVICE", service = (name = "main", entrypoint = "Service")),
  ],
);
