#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "lake/base/result.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/os/random.hpp"

struct sqlite3_vfs;

namespace lake::catalog {

/// Lets SQLite read and write through os::FileSystem: every byte, sync, entry and lock of the database.
///
/// Promises: the database file is opened once and locked exclusively as long as it is open; an entry made or
/// removed is followed by a sync of its directory; a failed sync is remembered for good (sync_failed). Each
/// database page ends in an XXH3-64 of its contents, seeded with its offset, that is verified whenever the
/// page is read. Shape: pages of kPageBytes with kReservedBytes reserved; no shared memory, so the connection
/// must use locking_mode=EXCLUSIVE before journal_mode=WAL, and temp_store=MEMORY, because unnamed files are
/// refused. Threads: one connection at a time, on one thread at a time. Lifetime: registered under a name of
/// its own from install() to destruction; outlives its connection.
class SqliteVfs {
 public:
  static constexpr std::uint32_t kPageBytes = 4096;
  static constexpr int kReservedBytes = 8;

  SqliteVfs(os::FileSystem& files, os::Clock& clock, os::Random& random);
  ~SqliteVfs();
  SqliteVfs(const SqliteVfs&) = delete;
  SqliteVfs& operator=(const SqliteVfs&) = delete;

  /// Makes the VFS known to SQLite. Errors: kResourceExhausted (out of memory).
  Status install();
  [[nodiscard]] const std::string& name() const { return name_; }

  /// What the machine said at the last failed operation; asking forgets it.
  std::optional<Error> take_error();
  void forget_error() { error_.reset(); }
  /// A sync has failed since the VFS was made: what is on disk is not known any more.
  [[nodiscard]] bool sync_failed() const { return sync_failed_; }
  /// A write failed for another reason than a full disk since forget_error(): it may have reached the disk.
  [[nodiscard]] bool write_doubtful() const { return write_doubtful_; }
  void forget_doubt() { write_doubtful_ = false; }

  /// Copies the open database file to `target` and syncs both file and directory. The write-ahead log must be
  /// empty. A copy that fails is removed.
  Status copy_database(const std::string& target);

 private:
  friend struct SqliteCalls;
  struct OpenFile;

  void remember(const Error& error) { error_ = error; }
  Status copy_into(const std::string& target);

  os::FileSystem& files_;
  os::Clock& clock_;
  os::Random& random_;
  std::string name_;
  std::unique_ptr<sqlite3_vfs> vfs_;
  os::File* database_ = nullptr;  // borrowed from SQLite's handle while that is open
  std::optional<Error> error_;
  bool installed_ = false;
  bool sync_failed_ = false;
  bool write_doubtful_ = false;
};

}  // namespace lake::catalog
