#include "lake/sim/file_system.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "lake/base/assert.hpp"
#include "lake/base/mutex.hpp"

namespace lake::sim {
namespace {

using os::FileKind;

/// Components of a path; "." and empty ones left out, ".." resolved.
std::vector<std::string> components(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.emplace_back(part);
    }
  }
  return parts;
}

Error failure(ErrorCode code, std::string_view operation, const std::string& path, std::string_view why) {
  return {code, "cannot " + std::string(operation) + " " + path + ": " + std::string(why)};
}

Error not_found(std::string_view operation, const std::string& path) {
  return failure(ErrorCode::kNotFound, operation, path, "no such file or directory");
}

}  // namespace

struct SimFileSystem::Disk {
  Disk(os::Clock& file_clock, std::uint64_t seed)
      : clock(file_clock), random(seed), root(std::make_shared<Node>()) {
    root->kind = FileKind::kDirectory;
  }

  os::Clock& clock;
  FaultPlan faults;
  mutable Mutex mutex;
  os::SeededRandom random;
  NodePtr root LAKE_GUARDED_BY(mutex);
  std::uint64_t sequence LAKE_GUARDED_BY(mutex) = 0;
  std::uint64_t generation LAKE_GUARDED_BY(mutex) = 0;  // grows with reopen()
  std::uint64_t sync_count LAKE_GUARDED_BY(mutex) = 0;
  std::uint64_t syncs_to_crash LAKE_GUARDED_BY(mutex) = 0;  // 0 = none planned
  bool crashed LAKE_GUARDED_BY(mutex) = false;
  CrashOutcome outcome LAKE_GUARDED_BY(mutex) = CrashOutcome::kSeeded;
  std::optional<std::uint64_t> capacity LAKE_GUARDED_BY(mutex);
  std::uint64_t used LAKE_GUARDED_BY(mutex) = 0;
  std::chrono::nanoseconds sync_delay LAKE_GUARDED_BY(mutex){};
  os::Clock* delay_clock LAKE_GUARDED_BY(mutex) = nullptr;

  Status check_alive() const LAKE_REQUIRES(mutex) {
    if (crashed) return Error(ErrorCode::kIo, "the simulated machine has crashed");
    return ok();
  }
  /// Counts an operation and answers its planned error.
  Status begin(Operation operation, const std::string& path) LAKE_REQUIRES(mutex) {
    LAKE_CHECK_OK(check_alive());
    if (const auto fault = faults.meet(operation, path)) return injected(*fault, path);
    return ok();
  }
  /// Counts a sync; crashes when it is the planned one.
  Status begin_sync() LAKE_REQUIRES(mutex) {
    LAKE_CHECK_OK(check_alive());
    ++sync_count;
    if (syncs_to_crash > 0) {
      --syncs_to_crash;
      if (syncs_to_crash == 0) crashed = true;
    }
    return check_alive();
  }

  NodePtr find(const std::string& path) const LAKE_REQUIRES(mutex) {
    NodePtr node = root;
    for (const auto& part : components(path)) {
      const auto found = node->entries.find(part);
      if (found == node->entries.end()) return nullptr;
      node = found->second;
    }
    return node;
  }
  /// Directory that holds the entry of `path`; null when there is none.
  NodePtr find_parent(const std::string& path) const LAKE_REQUIRES(mutex) {
    const NodePtr parent = find(path + "/..");
    return parent && parent->kind == FileKind::kDirectory ? parent : nullptr;
  }
  static std::string name_in_parent(const std::string& path) {
    const auto parts = components(path);
    return parts.empty() ? std::string() : parts.back();
  }

  void change(std::vector<EntryHalf> halves) LAKE_REQUIRES(mutex) {
    const auto made = std::make_shared<EntryChange>(EntryChange{++sequence, std::move(halves)});
    const Node* last = nullptr;
    for (const auto& half : made->halves) {
      const NodePtr directory = half.directory.lock();
      if (half.target) {
        directory->entries[half.name] = half.target;
      } else {
        directory->entries.erase(half.name);
      }
      if (directory.get() != last) directory->changes.push_back(made);
      last = directory.get();
      directory->modified_micros = clock.wall_micros();
    }
  }
  void unlink(Node& node) LAKE_REQUIRES(mutex) {
    if (node.linked && node.kind == FileKind::kFile) used -= node.current.size();
    node.linked = false;
  }
  /// Largest size a file of `size` may grow to.
  std::uint64_t size_max(const Node& file) const LAKE_REQUIRES(mutex) {
    if (!capacity) return ~0ULL;
    return file.current.size() + (*capacity > used ? *capacity - used : 0);
  }
  void resized(const Node& file, std::uint64_t before) LAKE_REQUIRES(mutex) {
    if (file.linked) used = used - before + file.current.size();
  }
};

class SimFileSystem::OpenFile final : public os::File {
 public:
  OpenFile(Disk& disk, NodePtr node, std::string path, bool writable, std::uint64_t generation)
      : disk_(disk),
        node_(std::move(node)),
        path_(std::move(path)),
        generation_(generation),
        writable_(writable) {}
  ~OpenFile() override { ignore(OpenFile::close(), "nothing can fail in it"); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
    const MutexLock lock(disk_.mutex);
    LAKE_CHECK_OK(check_open());
    if (const auto fault = disk_.faults.meet(Operation::kRead, path_)) {
      if (fault->effect == FaultEffect::kFail) return injected(*fault, path_);
      out = out.first(out.size() / 2);
    }
    return node_->current.read(offset, out);
  }

  Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    const MutexLock lock(disk_.mutex);
    LAKE_CHECK_OK(begin_change(Operation::kWrite));
    if (bytes.empty()) return ok();
    const std::uint64_t size_max = std::max(disk_.size_max(*node_), node_->current.size());
    const std::uint64_t fitting =
        size_max > offset ? std::min<std::uint64_t>(bytes.size(), size_max - offset) : 0;
    const auto part = bytes.first(fitting);
    if (!part.empty()) {
      const std::uint64_t before = node_->current.size();
      node_->current.write(offset, part);
      node_->writes.push_back({++disk_.sequence, offset, {part.begin(), part.end()}, false});
      disk_.resized(*node_, before);
    }
    node_->modified_micros = disk_.clock.wall_micros();
    if (part.size() < bytes.size()) return disk_full("write");
    return ok();
  }

  Status truncate(std::uint64_t bytes) override {
    const MutexLock lock(disk_.mutex);
    LAKE_CHECK_OK(begin_change(Operation::kTruncate));
    const std::uint64_t before = node_->current.size();
    if (bytes == before) return ok();
    if (bytes > before && bytes > disk_.size_max(*node_)) return disk_full("truncate");
    node_->current.resize(bytes);
    node_->writes.push_back({++disk_.sequence, bytes, {}, true});
    node_->modified_micros = disk_.clock.wall_micros();
    disk_.resized(*node_, before);
    return ok();
  }

  Result<std::uint64_t> size() override {
    const MutexLock lock(disk_.mutex);
    LAKE_CHECK_OK(check_open());
    return node_->current.size();
  }

  Status sync() override {
    std::uint64_t covered = 0;
    std::chrono::nanoseconds delay{};
    os::Clock* clock = nullptr;
    {
      const MutexLock lock(disk_.mutex);
      LAKE_CHECK_OK(check_open());
      LAKE_CHECK_OK(disk_.begin_sync());
      const auto fault = disk_.faults.meet(Operation::kSync, path_);
      if (node_->sync_failed) return failure(ErrorCode::kIo, "sync", path_, "an earlier sync of it failed");
      if (fault) {
        node_->sync_failed = true;
        return injected(*fault, path_);
      }
      covered = disk_.sequence;
      delay = disk_.sync_delay;
      clock = disk_.delay_clock;
    }
    if (delay.count() > 0) clock->sleep(delay);
    const MutexLock lock(disk_.mutex);
    LAKE_CHECK_OK(check_open());
    if (node_->sync_failed) return failure(ErrorCode::kIo, "sync", path_, "another sync of it failed");
    settle_writes(*node_, covered);
    return ok();
  }

  Status lock_exclusive() override {
    const MutexLock lock(disk_.mutex);
    LAKE_CHECK_OK(check_open());
    if (node_->lock_holder != nullptr && node_->lock_holder != this)
      return failure(ErrorCode::kUnavailable, "lock", path_, "locked through another descriptor");
    node_->lock_holder = this;
    return ok();
  }

  Status close() override {
    const MutexLock lock(disk_.mutex);
    if (node_ && node_->lock_holder == this) node_->lock_holder = nullptr;
    node_.reset();
    return ok();
  }

  [[nodiscard]] const std::string& path() const override { return path_; }

 private:
  Status check_open() const LAKE_REQUIRES(disk_.mutex) {
    LAKE_CHECK_OK(disk_.check_alive());
    if (generation_ != disk_.generation)
      return failure(ErrorCode::kIo, "use", path_, "opened before the simulated machine crashed");
    if (!node_) return failure(ErrorCode::kIo, "use", path_, "the file is closed");
    return ok();
  }
  Status begin_change(Operation operation) LAKE_REQUIRES(disk_.mutex) {
    LAKE_CHECK_OK(check_open());
    if (const auto fault = disk_.faults.meet(operation, path_)) return injected(*fault, path_);
    if (!writable_) return failure(ErrorCode::kIo, "write", path_, "opened for reading");
    return ok();
  }
  [[nodiscard]] Error disk_full(std::string_view operation) const {
    return failure(ErrorCode::kResourceExhausted, operation, path_, "no space left on device");
  }

  Disk& disk_;
  NodePtr node_;
  std::string path_;
  std::uint64_t generation_;
  bool writable_;
};

SimFileSystem::SimFileSystem(os::Clock& clock, std::uint64_t seed)
    : disk_(std::make_unique<Disk>(clock, seed)) {}
SimFileSystem::~SimFileSystem() = default;

Result<std::unique_ptr<os::File>> SimFileSystem::open(const std::string& path, os::OpenMode mode) {
  const MutexLock lock(disk_->mutex);
  LAKE_CHECK_OK(disk_->begin(Operation::kOpen, path));
  NodePtr node = disk_->find(path);
  if (node && node->kind == FileKind::kDirectory)
    return failure(ErrorCode::kIo, "open", path, "is a directory");
  const bool creates = mode == os::OpenMode::kCreate || mode == os::OpenMode::kCreateNew;
  if (!node && !creates) return not_found("open", path);
  if (node && mode == os::OpenMode::kCreateNew)
    return failure(ErrorCode::kAlreadyExists, "open", path, "file exists");
  if (!node) {
    const NodePtr parent = disk_->find_parent(path);
    if (!parent) return not_found("open", path);
    node = std::make_shared<Node>();
    node->modified_micros = disk_->clock.wall_micros();
    disk_->change({{parent, Disk::name_in_parent(path), nullptr, node}});
  }
  const bool writable = mode != os::OpenMode::kRead && mode != os::OpenMode::kReadNoLinks;  // it has no links
  return std::unique_ptr<os::File>(
      std::make_unique<OpenFile>(*disk_, node, path, writable, disk_->generation));
}

Result<os::FileInfo> SimFileSystem::stat(const std::string& path) {
  const MutexLock lock(disk_->mutex);
  LAKE_CHECK_OK(disk_->begin(Operation::kStat, path));
  const NodePtr node = disk_->find(path);
  if (!node) return not_found("stat", path);
  return os::FileInfo{node->kind, node->current.size(), node->modified_micros};
}

Status SimFileSystem::remove_file(const std::string& path) {
  const MutexLock lock(disk_->mutex);
  LAKE_CHECK_OK(disk_->begin(Operation::kRemove, path));
  const NodePtr node = disk_->find(path);
  if (!node) return not_found("remove", path);
  if (node->kind == FileKind::kDirectory) return failure(ErrorCode::kIo, "remove", path, "is a directory");
  disk_->change({{disk_->find_parent(path), Disk::name_in_parent(path), node, nullptr}});
  disk_->unlink(*node);
  return ok();
}

Status SimFileSystem::remove_directory(const std::string& path) {
  const MutexLock lock(disk_->mutex);
  LAKE_CHECK_OK(disk_->begin(Operation::kRemove, path));
  const NodePtr node = disk_->find(path);
  if (!node) return not_found("remove directory", path);
  if (node->kind != FileKind::kDirectory || node == disk_->root)
    return failure(ErrorCode::kIo, "remove directory", path, "not a directory that can be removed");
  if (!node->entries.empty())
    return failure(ErrorCode::kAlreadyExists, "remove directory", path, "directory not empty");
  disk_->change({{disk_->find_parent(path), Disk::name_in_parent(path), node, nullptr}});
  disk_->unlink(*node);
  return ok();
}

Status SimFileSystem::rename(const std::string& from, const std::string& to) {
  const MutexLock lock(disk_->mutex);
  LAKE_CHECK_OK(disk_->begin(Operation::kRename, from));
  const NodePtr node = disk_->find(from);
  const NodePtr target = disk_->find(to);
  const NodePtr to_parent = disk_->find_parent(to);
  if (!node || node == disk_->root || !to_parent) return not_found("rename", from + " to " + to);
  if (node == target) return ok();
  if (target && target->kind != node->kind)
    return failure(ErrorCode::kIo, "rename", from + " to " + to, "one is a directory");
  if (target && !target->entries.empty())
    return failure(ErrorCode::kAlreadyExists, "rename", from + " to " + to, "directory not empty");
  disk_->change({{disk_->find_parent(from), Disk::name_in_parent(from), node, nullptr},
                 {to_parent, Disk::name_in_parent(to), nullptr, node}});
  if (target) disk_->unlink(*target);
  return ok();
}

Status SimFileSystem::create_directory(const std::string& path) {
  const MutexLock lock(disk_->mutex);
  LAKE_CHECK_OK(disk_->begin(Operation::kCreateDirectory, path));
  if (disk_->find(path)) return failure(ErrorCode::kAlreadyExists, "make directory", path, "file exists");
  const NodePtr parent = disk_->find_parent(path);
  if (!parent) return not_found("make directory", path);
  const auto node = std::make_shared<Node>();
  node->kind = FileKind::kDirectory;
  node->modified_micros = disk_->clock.wall_micros();
  disk_->change({{parent, Disk::name_in_parent(path), nullptr, node}});
  return ok();
}

Result<std::vector<os::DirectoryEntry>> SimFileSystem::list(const std::string& path) {
  const MutexLock lock(disk_->mutex);
  LAKE_CHECK_OK(disk_->begin(Operation::kList, path));
  const NodePtr node = disk_->find(path);
  if (!node || node->kind != FileKind::kDirectory) return not_found("list", path);
  std::vector<os::DirectoryEntry> entries;
  for (const auto& [name, child] : node->entries) entries.push_back({name, child->kind});
  return entries;
}

Status SimFileSystem::sync_directory(const std::string& path) {
  std::chrono::nanoseconds delay{};
  os::Clock* clock = nullptr;
  {
    const MutexLock lock(disk_->mutex);
    LAKE_CHECK_OK(disk_->begin_sync());
    LAKE_CHECK_OK(disk_->begin(Operation::kSyncDirectory, path));
    delay = disk_->sync_delay;
    clock = disk_->delay_clock;
  }
  if (delay.count() > 0) clock->sleep(delay);
  const MutexLock lock(disk_->mutex);
  LAKE_CHECK_OK(disk_->check_alive());
  const NodePtr node = disk_->find(path);
  if (!node || node->kind != FileKind::kDirectory) return not_found("sync directory", path);
  settle_entries(node);
  return ok();
}

Status SimFileSystem::set_permissions(const std::string& path, unsigned /*permissions*/) {
  const MutexLock lock(disk_->mutex);
  LAKE_CHECK_OK(disk_->check_alive());
  return disk_->find(path) ? ok() : Status(not_found("set permissions of", path));
}

Result<std::string> SimFileSystem::canonical(const std::string& path) {
  const MutexLock lock(disk_->mutex);
  LAKE_CHECK_OK(disk_->begin(Operation::kStat, path));
  if (!disk_->find(path)) return not_found("resolve", path);
  std::string text;
  for (const auto& part : components(path)) text += "/" + part;
  return text.empty() ? "/" : text;
}

FaultPlan& SimFileSystem::faults() { return disk_->faults; }

void SimFileSystem::set_space_left(std::optional<std::uint64_t> bytes) {
  const MutexLock lock(disk_->mutex);
  disk_->capacity.reset();
  if (bytes) disk_->capacity = disk_->used + *bytes;
}

void SimFileSystem::set_sync_delay(std::chrono::nanoseconds delay, os::Clock& clock) {
  const MutexLock lock(disk_->mutex);
  disk_->sync_delay = delay;
  disk_->delay_clock = &clock;
}

void SimFileSystem::crash(CrashOutcome outcome) {
  const MutexLock lock(disk_->mutex);
  disk_->crashed = true;
  disk_->outcome = outcome;
}

void SimFileSystem::crash_at_sync(std::uint64_t k, CrashOutcome outcome) {
  LAKE_ASSERT(k >= 1);
  const MutexLock lock(disk_->mutex);
  disk_->syncs_to_crash = k;
  disk_->outcome = outcome;
}

bool SimFileSystem::is_crashed() const {
  const MutexLock lock(disk_->mutex);
  return disk_->crashed;
}

void SimFileSystem::reopen() {
  const MutexLock lock(disk_->mutex);
  const auto outcome = disk_->crashed ? disk_->outcome : CrashOutcome::kKeepAll;
  resolve_crash(disk_->root, outcome, disk_->random);
  disk_->crashed = false;
  disk_->syncs_to_crash = 0;
  ++disk_->generation;
  disk_->used = 0;
  std::vector<NodePtr> nodes{disk_->root};
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    disk_->used += nodes[i]->current.size();
    const auto entries = nodes[i]->entries;
    for (const auto& [name, child] : entries) nodes.push_back(child);
  }
}

std::uint64_t SimFileSystem::sync_count() const {
  const MutexLock lock(disk_->mutex);
  return disk_->sync_count;
}

Status SimFileSystem::check_durable(const std::string& path) const {
  const MutexLock lock(disk_->mutex);
  NodePtr node = disk_->root;
  std::string walked;
  for (const auto& part : components(path)) {
    walked += "/" + part;
    const auto found = node->entries.find(part);
    if (found == node->entries.end()) return Error(ErrorCode::kNotFound, "no such file: " + walked);
    for (const auto& change : node->changes) {
      for (const auto& half : change->halves) {
        if (half.name == part && half.directory.lock() == node)
          return Error(ErrorCode::kIo, "directory entry is not synced: " + walked);
      }
    }
    node = found->second;
  }
  if (node->sync_failed) return Error(ErrorCode::kIo, "a sync of the file has failed: " + walked);
  if (!node->writes.empty()) return Error(ErrorCode::kIo, "content is not synced: " + walked);
  return ok();
}

}  // namespace lake::sim
