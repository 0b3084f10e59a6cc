#include "lake/sim/disk.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace lake::sim {
namespace {

constexpr std::uint64_t kSectorBytes = 512;

enum class Fate : std::uint8_t { kWritten, kLost, kTorn };

/// Decides item by item; one object for each crash.
class Chance {
 public:
  Chance(CrashOutcome outcome, os::Random& random) : random_(random), outcome_(outcome) {
    if (outcome_ != CrashOutcome::kSeeded) return;
    const std::uint64_t mood = random_.next() % 4;
    if (mood == 0) outcome_ = CrashOutcome::kLoseAll;
    if (mood == 1) outcome_ = CrashOutcome::kKeepAll;
  }

  bool keeps() {
    if (outcome_ != CrashOutcome::kSeeded) return outcome_ == CrashOutcome::kKeepAll;
    return random_.next() % 2 == 0;
  }
  Fate fate() {
    if (outcome_ != CrashOutcome::kSeeded) return keeps() ? Fate::kWritten : Fate::kLost;
    return static_cast<Fate>(random_.next() % 3);
  }

 private:
  os::Random& random_;
  CrashOutcome outcome_;
};

void apply(const PendingWrite& write, PagedBytes& bytes) {
  if (write.truncates) {
    bytes.resize(write.offset);
  } else {
    bytes.write(write.offset, write.bytes);
  }
}

/// Writes those sectors of `write` that chance keeps.
void apply_torn(const PendingWrite& write, PagedBytes& bytes, Chance& chance) {
  const std::span<const std::byte> all(write.bytes);
  for (std::size_t done = 0; done < all.size();) {
    const std::uint64_t offset = write.offset + done;
    const std::size_t length =
        std::min<std::uint64_t>(kSectorBytes - offset % kSectorBytes, all.size() - done);
    if (chance.keeps()) bytes.write(offset, all.subspan(done, length));
    done += length;
  }
}

void resolve_content(Node& file, Chance& chance) {
  for (const auto& write : file.writes) {
    const Fate fate = chance.fate();
    if (fate == Fate::kWritten) apply(write, file.durable);
    if (fate == Fate::kTorn && write.truncates && chance.keeps()) apply(write, file.durable);
    if (fate == Fate::kTorn && !write.truncates) apply_torn(write, file.durable, chance);
  }
  file.writes.clear();
  file.current = file.durable;
  file.sync_failed = false;
  file.lock_holder = nullptr;
}

/// A removal needs that which it removes: without its creation, or after a lost rename, it has nothing to do.
bool is_possible(const EntryChange& change) {
  return std::all_of(change.halves.begin(), change.halves.end(), [](const EntryHalf& half) {
    const NodePtr directory = half.directory.lock();
    if (!directory) return false;
    if (half.target) return true;
    const auto found = directory->durable_entries.find(half.name);
    return found != directory->durable_entries.end() && found->second == half.before;
  });
}

void apply(const EntryChange& change) {
  if (!is_possible(change)) return;
  for (const auto& half : change.halves) {
    auto& entries = half.directory.lock()->durable_entries;
    if (half.target) {
      entries[half.name] = half.target;
    } else {
      entries.erase(half.name);
    }
  }
}

using Changes = std::vector<std::shared_ptr<EntryChange>>;

void sort_by_sequence(Changes& changes) {
  std::sort(changes.begin(), changes.end(),
            [](const auto& left, const auto& right) { return left->sequence < right->sequence; });
  changes.erase(std::unique(changes.begin(), changes.end()), changes.end());
}

/// Every node that a crash may leave reachable, in a fixed order.
std::vector<NodePtr> reachable(const NodePtr& root) {
  std::vector<NodePtr> order{root};
  std::set<const Node*> seen{root.get()};
  const auto visit = [&order, &seen](const NodePtr& node) {
    if (node && seen.insert(node.get()).second) order.push_back(node);
  };
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Node& node = *order[i];  // which moves while `order` grows, unlike what it points to
    for (const auto& [name, child] : node.durable_entries) visit(child);
    for (const auto& [name, child] : node.entries) visit(child);
    for (const auto& change : node.changes) {
      for (const auto& half : change->halves) visit(half.target);
    }
  }
  return order;
}

}  // namespace

void settle_writes(Node& file, std::uint64_t sequence) {
  if (file.writes.empty()) return;
  if (file.writes.back().sequence <= sequence) {
    file.durable = file.current;
    file.writes.clear();
    return;
  }
  const auto later =
      std::find_if(file.writes.begin(), file.writes.end(),
                   [sequence](const PendingWrite& write) { return write.sequence > sequence; });
  for (auto write = file.writes.begin(); write != later; ++write) apply(*write, file.durable);
  file.writes.erase(file.writes.begin(), later);
}

void settle_entries(const NodePtr& directory) {
  std::vector<NodePtr> directories{directory};
  Changes changes;
  for (std::size_t i = 0; i < directories.size(); ++i) {
    for (auto& change : std::exchange(directories[i]->changes, {})) {
      for (const auto& half : change->halves) {
        if (auto other = half.directory.lock(); other && !other->changes.empty())
          directories.push_back(other);
      }
      changes.push_back(std::move(change));
    }
  }
  sort_by_sequence(changes);
  for (const auto& change : changes) apply(*change);
}

void resolve_crash(const NodePtr& root, CrashOutcome outcome, os::Random& random) {
  Chance chance(outcome, random);
  const auto nodes = reachable(root);
  Changes changes;
  for (const auto& node : nodes) changes.insert(changes.end(), node->changes.begin(), node->changes.end());
  sort_by_sequence(changes);
  for (const auto& change : changes) {
    if (chance.keeps()) apply(*change);
  }
  for (const auto& node : nodes) {
    node->changes.clear();
    node->entries = node->durable_entries;
    node->linked = false;
    if (node->kind == os::FileKind::kFile) resolve_content(*node, chance);
  }
  for (const auto& node : reachable(root)) node->linked = true;
}

}  // namespace lake::sim
