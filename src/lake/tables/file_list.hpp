#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lake/engine/duckdb.hpp"
#include "lake/tables/pruning.hpp"
#include "lake/tables/scan_source.hpp"

namespace lake::tables {

/// The inputs of a scan that may hold a wanted row: all of them, or a selection.
/// Cost: copying and pruning never copy file descriptions; what the engine needs of a file is made when it
/// asks for it. Threads: immutable.
class LakeFileList : public duckdb::MultiFileList {
 public:
  using Selection = std::shared_ptr<const std::vector<std::uint32_t>>;  // ascending input numbers; null = all

  LakeFileList(duckdb::shared_ptr<ScanSource> source, Selection kept)
      : source_(std::move(source)), kept_(std::move(kept)) {}

  [[nodiscard]] const ScanSource& source() const { return *source_; }
  [[nodiscard]] const Selection& kept() const { return kept_; }
  [[nodiscard]] std::size_t size() const { return kept_ ? kept_->size() : source_->input_count(); }
  /// The scan's number of the list's `index`-th input.
  [[nodiscard]] std::size_t input(std::size_t index) const { return kept_ ? (*kept_)[index] : index; }
  /// Rows in the list's inputs that are not deleted. Exact.
  [[nodiscard]] std::uint64_t live_rows() const;
  /// The scan's number that GetFile() put into a file's description.
  static std::size_t input_of(const duckdb::OpenFileInfo& file);

  duckdb::unique_ptr<duckdb::MultiFileList> ComplexFilterPushdown(
      duckdb::ClientContext& context, const duckdb::MultiFileOptions& options,
      duckdb::MultiFilePushdownInfo& info,
      duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) const override;
  duckdb::unique_ptr<duckdb::MultiFileList> DynamicFilterPushdown(
      duckdb::ClientContext& context, const duckdb::MultiFileOptions& options,
      const duckdb::vector<duckdb::string>& names, const duckdb::vector<duckdb::LogicalType>& types,
      const duckdb::vector<duckdb::column_t>& column_ids, duckdb::TableFilterSet& filters) const override;
  duckdb::vector<duckdb::OpenFileInfo> GetAllFiles() const override;
  duckdb::FileExpandResult GetExpandResult() const override;
  duckdb::idx_t GetTotalFileCount() const override { return size(); }
  duckdb::unique_ptr<duckdb::NodeStatistics> GetCardinality(duckdb::ClientContext& context) const override;
  duckdb::unique_ptr<duckdb::MultiFileList> Copy() const override;

 protected:
  duckdb::OpenFileInfo GetFile(duckdb::idx_t index) const override;

 private:
  /// The list without files that `marks` rules out; null when that is the list itself.
  duckdb::unique_ptr<duckdb::MultiFileList> pruned(const std::unique_ptr<FileMarks>& marks) const;

  const duckdb::shared_ptr<ScanSource> source_;
  const Selection kept_;
};

}  // namespace lake::tables
