using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .sender)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const sender :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2025-06-01",
  compatibilityFlags = ["enable_abortsignal_rpc"],
  durableObjectNamespaces = [(className = "Receiver", uniqueKey = "receiver")],
  durableObjectStorage = (inMemory = void),
  bindings = [(name = "RECEIVER", durableObjectNamespace = "Receiver")],
);
