"""Leader election on a ring of queues (Chang and Roberts 1979), every message in its order."""

from ordercheck import Model, action, array, invariant, param, reachable, require, seq, terminal


class Ring(Model):
    """Node k is to send its number to its neighbour; the largest comes round and leads."""

    nodes: int = param(4, lo=2, hi=12)

    def setup(self) -> None:
        """Nobody has sent anything."""
        everyone = range(self.nodes)
        self.begun = array(bool, self.nodes, False)
        self.leader = array(bool, self.nodes, False)
        self.inbox = [seq(everyone, capacity=self.nodes) for _ in everyone]

    @action(each=lambda self: range(self.nodes))
    def begin(self, node: int) -> None:
        """It sends its own number."""
        require(not self.begun[node])
        self.begun[node] = True
        self.inbox[(node + 1) % self.nodes].append(node)

    @action(each=lambda self: range(self.nodes))
    def receive(self, node: int) -> None:
        """It passes on what is larger than its own, and leads when that comes back."""
        require(self.inbox[node])
        number = self.inbox[node].popleft()
        if number > node:
            self.inbox[(node + 1) % self.nodes].append(number)
        elif number == node:
            self.leader[node] = True

    @terminal
    def over(self) -> bool:
        """The number that came round was the last message."""
        return self.leader[self.nodes - 1]

    @invariant
    def one_leader(self) -> bool:
        """Only the node with the largest number ever leads."""
        return not any(self.leader[k] for k in range(self.nodes - 1))

    @reachable
    def elected(self) -> bool:
        """Somebody comes to lead."""
        return self.leader[self.nodes - 1]
