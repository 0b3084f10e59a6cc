#include "lake/catalog/statistics_room.hpp"

#include <utility>

namespace lake::catalog {

namespace {
// What counting a file takes beside its statistics: the block that counts it.
constexpr std::uint64_t kFileOverheadBytes = 64;
}  // namespace

/// A file and what it counts for, as long as anybody holds it.
struct StatisticsRoom::Counted {
  Counted(std::shared_ptr<const DataFile> the_file, std::shared_ptr<Usage> of, std::uint64_t counted_bytes)
      : file(std::move(the_file)), usage(std::move(of)), bytes(counted_bytes) {
    usage->bytes += bytes;
    usage->bytes_gauge.add(static_cast<std::int64_t>(bytes));
    if (bytes == 0) usage->refused_gauge.add(1);
  }
  ~Counted() {
    usage->bytes -= bytes;
    usage->bytes_gauge.add(-static_cast<std::int64_t>(bytes));
    if (bytes == 0) usage->refused_gauge.add(-1);
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  const std::shared_ptr<const DataFile> file;
  const std::shared_ptr<Usage> usage;
  const std::uint64_t bytes;  // 0 = it found no room
};

StatisticsRoom::StatisticsRoom(std::uint64_t bytes_max, telemetry::Metrics& metrics)
    : bytes_max_(bytes_max),
      usage_(std::shared_ptr<Usage>(new Usage{
          .bytes_gauge = metrics.gauge("dplake_file_statistics_bytes", "Bytes of file statistics in memory"),
          .refused_gauge = metrics.gauge("dplake_files_without_statistics",
                                         "Files whose statistics found no room in memory; they are read "
                                         "where statistics would have left them out")})) {}

FilePtr StatisticsRoom::admitted(std::shared_ptr<DataFile> file) {
  if (file->stats.empty()) return file;
  const std::uint64_t bytes = file->stats.bytes().size() + kFileOverheadBytes;
  // The committer alone admits, so that nothing comes between the look and the taking.
  const bool has_room = bytes_max_ == 0 || usage_->bytes.load() + bytes <= bytes_max_;
  if (has_room) {
    auto counted = std::make_shared<Counted>(std::move(file), usage_, bytes);
    return {counted, counted->file.get()};
  }
  auto without = std::make_shared<DataFile>(*file);
  without->stats = FileStats();
  auto counted = std::make_shared<Counted>(std::move(without), usage_, 0);
  return {counted, counted->file.get()};
}

}  // namespace lake::catalog
