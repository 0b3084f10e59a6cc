#include "lake/tables/file_list.hpp"

#include <string>

namespace lake::tables {
namespace {

constexpr const char* kInputKey = "lake_input";

}  // namespace

std::size_t LakeFileList::input_of(const duckdb::OpenFileInfo& file) {
  return file.extended_info->options.at(kInputKey).GetValue<std::uint64_t>();
}

duckdb::OpenFileInfo LakeFileList::GetFile(duckdb::idx_t index) const {
  if (index >= size()) return duckdb::OpenFileInfo();
  const std::size_t number = input(index);
  duckdb::OpenFileInfo result(source_->path(number));
  result.extended_info = duckdb::make_shared_ptr<duckdb::ExtendedOpenFileInfo>();
  auto& options = result.extended_info->options;
  options[kInputKey] = duckdb::Value::UBIGINT(number);
  if (source_->is_file(number)) {
    // Data files never change under a name, so the engine need not ask the disk whether its cached pages
    // still hold.
    options["has_deletes"] = duckdb::Value::BOOLEAN(source_->deletes(number) != nullptr);
    options["file_size"] = duckdb::Value::UBIGINT(source_->file(number).bytes);
    options["validate_external_file_cache"] = duckdb::Value::BOOLEAN(false);
    options["etag"] = duckdb::Value("");
    options["last_modified"] = duckdb::Value::TIMESTAMP(duckdb::timestamp_t(0));
  }
  return result;
}

duckdb::vector<duckdb::OpenFileInfo> LakeFileList::GetAllFiles() const {
  duckdb::vector<duckdb::OpenFileInfo> result;
  result.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) result.push_back(GetFile(i));
  return result;
}

duckdb::FileExpandResult LakeFileList::GetExpandResult() const {
  // Never SINGLE_FILE: the engine would then look for the number of row groups in a footer that nobody has
  // read.
  return size() == 0 ? duckdb::FileExpandResult::NO_FILES : duckdb::FileExpandResult::MULTIPLE_FILES;
}

std::uint64_t LakeFileList::live_rows() const {
  if (!kept_) return source_->view->live_rows;
  std::uint64_t rows = 0;
  for (const std::uint32_t number : *kept_)
    rows += source_->row_count(number) - source_->deleted_rows(number);
  return rows;
}

duckdb::unique_ptr<duckdb::NodeStatistics> LakeFileList::GetCardinality(
    duckdb::ClientContext& /*context*/) const {
  const std::uint64_t rows = live_rows();
  return duckdb::make_uniq<duckdb::NodeStatistics>(rows, rows);
}

duckdb::unique_ptr<duckdb::MultiFileList> LakeFileList::Copy() const {
  return duckdb::make_uniq<LakeFileList>(source_, kept_);
}

duckdb::unique_ptr<duckdb::MultiFileList> LakeFileList::pruned(
    const std::unique_ptr<FileMarks>& marks) const {
  if (!marks) return nullptr;
  auto kept = std::make_shared<std::vector<std::uint32_t>>();
  const std::size_t count = size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t number = input(i);
    if (number >= marks->size() || (*marks)[number] != 0) kept->push_back(static_cast<std::uint32_t>(number));
  }
  if (kept->size() == count) return nullptr;
  return duckdb::make_uniq<LakeFileList>(source_, std::move(kept));
}

duckdb::unique_ptr<duckdb::MultiFileList> LakeFileList::ComplexFilterPushdown(
    duckdb::ClientContext& context, const duckdb::MultiFileOptions& /*options*/,
    duckdb::MultiFilePushdownInfo& info,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) const {
  if (!source_->settings.pruning || filters.empty() || source_->view->files->empty()) return nullptr;
  return pruned(files_that_may_pass(context, *source_, info, filters));
}

duckdb::unique_ptr<duckdb::MultiFileList> LakeFileList::DynamicFilterPushdown(
    duckdb::ClientContext& /*context*/, const duckdb::MultiFileOptions& /*options*/,
    const duckdb::vector<duckdb::string>& /*names*/, const duckdb::vector<duckdb::LogicalType>& /*types*/,
    const duckdb::vector<duckdb::column_t>& column_ids, duckdb::TableFilterSet& filters) const {
  if (!source_->settings.pruning || filters.filters.empty() || source_->view->files->empty()) return nullptr;
  return pruned(files_that_may_pass(*source_, column_ids, filters));
}

}  // namespace lake::tables
