#pragma once

#include "lake/tables/file_list.hpp"

namespace lake::tables {

/// Opens the inputs of a scan and fits them to the table: deletes, row ids, columns by field id, values of
/// columns that are younger than a file. One for each bound scan; copies share the source. Threads: as the
/// engine calls it; keeps no state of its own.
class LakeInputReader : public duckdb::MultiFileReader {
 public:
  explicit LakeInputReader(duckdb::shared_ptr<duckdb::TableFunctionInfo> source)
      : source_(std::move(source)) {}
  static duckdb::unique_ptr<duckdb::MultiFileReader> create(const duckdb::TableFunction& function);
  [[nodiscard]] ScanSource& source() const { return source_->Cast<ScanSource>(); }

  using duckdb::MultiFileReader::CreateFileList;
  duckdb::shared_ptr<duckdb::MultiFileList> CreateFileList(duckdb::ClientContext& context,
                                                           const duckdb::vector<duckdb::string>& paths,
                                                           const duckdb::FileGlobInput& glob) override;
  bool Bind(duckdb::MultiFileOptions& options, duckdb::MultiFileList& files,
            duckdb::vector<duckdb::LogicalType>& types, duckdb::vector<duckdb::string>& names,
            duckdb::MultiFileReaderBindData& bind_data) override;
  void BindOptions(duckdb::MultiFileOptions& /*options*/, duckdb::MultiFileList& /*files*/,
                   duckdb::vector<duckdb::LogicalType>& /*types*/, duckdb::vector<duckdb::string>& /*names*/,
                   duckdb::MultiFileReaderBindData& /*bind_data*/) override {}
  duckdb::unique_ptr<duckdb::MultiFileReaderGlobalState> InitializeGlobalState(
      duckdb::ClientContext& context, const duckdb::MultiFileOptions& options,
      const duckdb::MultiFileReaderBindData& bind_data, const duckdb::MultiFileList& files,
      const duckdb::vector<duckdb::MultiFileColumnDefinition>& columns,
      const duckdb::vector<duckdb::ColumnIndex>& column_ids) override;
  using duckdb::MultiFileReader::CreateReader;
  duckdb::shared_ptr<duckdb::BaseFileReader> CreateReader(
      duckdb::ClientContext& context, duckdb::GlobalTableFunctionState& global,
      const duckdb::OpenFileInfo& file, duckdb::idx_t file_index,
      const duckdb::MultiFileBindData& bind_data) override;
  duckdb::ReaderInitializeType InitializeReader(
      duckdb::MultiFileReaderData& reader_data, const duckdb::MultiFileBindData& bind_data,
      const duckdb::vector<duckdb::MultiFileColumnDefinition>& columns,
      const duckdb::vector<duckdb::ColumnIndex>& column_ids,
      duckdb::optional_ptr<duckdb::TableFilterSet> filters, duckdb::ClientContext& context,
      duckdb::MultiFileGlobalState& global) override;
  duckdb::unique_ptr<duckdb::Expression> GetVirtualColumnExpression(
      duckdb::ClientContext& context, duckdb::MultiFileReaderData& reader_data,
      const duckdb::vector<duckdb::MultiFileColumnDefinition>& local_columns, duckdb::idx_t& column_id,
      const duckdb::LogicalType& type, duckdb::MultiFileLocalIndex local_index,
      duckdb::optional_ptr<duckdb::MultiFileColumnDefinition>& reference) override;
  void FinalizeChunk(duckdb::ClientContext& context, const duckdb::MultiFileBindData& bind_data,
                     duckdb::BaseFileReader& reader, const duckdb::MultiFileReaderData& reader_data,
                     duckdb::DataChunk& input, duckdb::DataChunk& output,
                     duckdb::ExpressionExecutor& executor,
                     duckdb::optional_ptr<duckdb::MultiFileReaderGlobalState> global) override;
  duckdb::unique_ptr<duckdb::MultiFileReader> Copy() const override {
    return duckdb::make_uniq<LakeInputReader>(source_);
  }

 private:
  duckdb::unique_ptr<duckdb::Expression> hidden_column(
      duckdb::ClientContext& context, duckdb::MultiFileReaderData& reader_data, duckdb::idx_t& column_id,
      duckdb::MultiFileLocalIndex local_index,
      duckdb::optional_ptr<duckdb::MultiFileColumnDefinition>& reference);
  const duckdb::shared_ptr<duckdb::TableFunctionInfo> source_;
};

/// Row groups of files that were opened, and those of them that were read because no filter ruled them out.
struct RowGroupCount {
  std::uint64_t read = 0;
  std::uint64_t all = 0;
};
RowGroupCount row_groups_of(const duckdb::MultiFileGlobalState& state);
/// Adds what one thread has read; once, when it is done.
void count_row_groups(duckdb::ClientContext& context, const ScanSource& source,
                      duckdb::TableFunctionInput& input);

/// Turns an error met while reading an input into one that names table and file: kCorruption when the file is
/// not what the catalog says it is, kIo when it is gone or cannot be read; any other error is thrown on as it
/// came.
[[noreturn]] void rethrow_read_error(const ScanSource& source, std::size_t input);

}  // namespace lake::tables
