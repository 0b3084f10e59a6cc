#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lake/os/file_system.hpp"
#include "lake/os/random.hpp"
#include "lake/sim/paged_bytes.hpp"

namespace lake::sim {

struct Node;
using NodePtr = std::shared_ptr<Node>;

/// A write or truncation that no sync has covered yet.
struct PendingWrite {
  std::uint64_t sequence = 0;
  std::uint64_t offset = 0;  // of a truncation: the new size
  std::vector<std::byte> bytes;
  bool truncates = false;
};

/// One entry set or removed by a change of a directory.
struct EntryHalf {
  std::weak_ptr<Node> directory;  // weak: the directory holds the change
  std::string name;
  NodePtr before;  // what a removal takes away
  NodePtr target;  // null = removal
};

/// A create, rename or remove that no directory sync has covered yet. Its halves share one fate.
struct EntryChange {
  std::uint64_t sequence = 0;
  std::vector<EntryHalf> halves;
};

/// A file or directory: as running programs see it, as the platter holds it, and what lies between.
struct Node {
  os::FileKind kind = os::FileKind::kFile;
  std::int64_t modified_micros = 0;
  bool linked = true;  // some entry leads to it
  // file
  PagedBytes current;
  PagedBytes durable;
  std::vector<PendingWrite> writes;  // in order of sequence
  bool sync_failed = false;
  const void* lock_holder = nullptr;
  // directory
  std::map<std::string, NodePtr> entries;
  std::map<std::string, NodePtr> durable_entries;
  std::vector<std::shared_ptr<EntryChange>> changes;  // in order of sequence
};

/// What a crash makes of everything that was not durable.
enum class CrashOutcome : std::uint8_t {
  kSeeded,  // lose all, keep all, or choose for each item, by the seed
  kLoseAll,
  kKeepAll,
};

/// Makes the writes up to `sequence` durable.
void settle_writes(Node& file, std::uint64_t sequence);
/// Makes all changes of `directory` durable, with everything that shares a fate with them.
void settle_entries(const NodePtr& directory);
/// Applies a crash to the tree below `root` (docs/formats/fault_model.md).
void resolve_crash(const NodePtr& root, CrashOutcome outcome, os::Random& random);

}  // namespace lake::sim
