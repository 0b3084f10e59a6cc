#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "lake/engine/duckdb.hpp"
#include "lake/os/file_system.hpp"

namespace lake::engine {

/// DuckDB's way to the files below one directory: every operation goes through our FileSystem, so that faults
/// injected there reach Parquet and spilled data too. Other paths stay with DuckDB's own local file system.
/// Threads: any. Lifetime: `files` outlives the DuckDB instance this is registered with.
/// Errors: engine exceptions with the code of the FileSystem; a missing file is kIo.
/// Bounds: at most `open_files_max` files open at once, 0 = no bound; beyond it kResourceExhausted.
class LocalFileAdapter : public duckdb::FileSystem {
 public:
  /// `directory`: absolute, without '/' at its end.
  LocalFileAdapter(os::FileSystem& files, std::string directory, std::uint64_t open_files_max = 0);

  duckdb::unique_ptr<duckdb::FileHandle> OpenFile(const std::string& path, duckdb::FileOpenFlags flags,
                                                  duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  void Read(duckdb::FileHandle& handle, void* buffer, int64_t byte_count, duckdb::idx_t location) override;
  void Write(duckdb::FileHandle& handle, void* buffer, int64_t byte_count, duckdb::idx_t location) override;
  int64_t Read(duckdb::FileHandle& handle, void* buffer, int64_t byte_count) override;
  int64_t Write(duckdb::FileHandle& handle, void* buffer, int64_t byte_count) override;
  /// Never frees a range: the simulated disk has no holes.
  bool Trim(duckdb::FileHandle& handle, duckdb::idx_t offset, duckdb::idx_t byte_count) override;
  int64_t GetFileSize(duckdb::FileHandle& handle) override;
  duckdb::timestamp_t GetLastModifiedTime(duckdb::FileHandle& handle) override;
  duckdb::string GetVersionTag(duckdb::FileHandle& handle) override;
  duckdb::FileType GetFileType(duckdb::FileHandle& handle) override;
  duckdb::FileMetadata Stats(duckdb::FileHandle& handle) override;
  void Truncate(duckdb::FileHandle& handle, int64_t byte_count) override;
  void FileSync(duckdb::FileHandle& handle) override;
  void Seek(duckdb::FileHandle& handle, duckdb::idx_t location) override;
  void Reset(duckdb::FileHandle& handle) override;
  duckdb::idx_t SeekPosition(duckdb::FileHandle& handle) override;
  bool CanSeek() override { return true; }
  bool OnDiskFile(duckdb::FileHandle& /*handle*/) override { return true; }

  bool DirectoryExists(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  void CreateDirectory(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  void CreateDirectoriesRecursive(const std::string& path,
                                  duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  void RemoveDirectory(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  bool ListFiles(const std::string& path, const std::function<void(const std::string&, bool)>& callback,
                 duckdb::FileOpener* opener) override;
  void MoveFile(const std::string& source, const std::string& target,
                duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  bool FileExists(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  bool IsPipe(const std::string& /*path*/, duckdb::optional_ptr<duckdb::FileOpener> /*opener*/) override {
    return false;
  }
  void RemoveFile(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  bool TryRemoveFile(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  duckdb::vector<duckdb::OpenFileInfo> Glob(const std::string& pattern, duckdb::FileOpener* opener) override;

  bool CanHandleFile(const std::string& path) override;
  duckdb::string PathSeparator(const std::string& /*path*/) override { return "/"; }
  bool IsPathAbsolute(const std::string& /*path*/) override { return true; }
  std::string GetName() const override { return "LakeFileSystem"; }

 private:
  /// Adds the entries below `directory` that match components[index...] to `out`.
  void glob_into(const std::string& directory, const std::vector<std::string>& components, std::size_t index,
                 duckdb::vector<duckdb::OpenFileInfo>& out);

  os::FileSystem& files_;
  const std::string directory_;
  const std::uint64_t open_files_max_;
  // Shared with the handles, which may be dropped after this.
  const std::shared_ptr<std::atomic<std::uint64_t>> open_files_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);
};

}  // namespace lake::engine
