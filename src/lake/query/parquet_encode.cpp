#include "lake/query/parquet_encode.hpp"

#include "duckdb/execution/execution_context.hpp"
#include "duckdb/main/client_data.hpp"
#include "duckdb/parallel/thread_context.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/engine/errors.hpp"

namespace lake::query {

namespace {

/// An open "file" that only grows, into a sink.
class SinkFile final : public duckdb::FileHandle {
 public:
  SinkFile(duckdb::FileSystem& files, const duckdb::string& name, duckdb::FileOpenFlags mode)
      : FileHandle(files, name, mode) {}
  void Close() override {}
};

/// The file system of the connection that writes: whatever is opened is the sink.
class SinkFileSystem final : public duckdb::FileSystem {
 public:
  explicit SinkFileSystem(const ByteSink& sink) : sink_(sink) {}
  duckdb::unique_ptr<duckdb::FileHandle> OpenFile(
      const duckdb::string& path, duckdb::FileOpenFlags flags,
      duckdb::optional_ptr<duckdb::FileOpener> /*opener*/) override {
    return duckdb::make_uniq<SinkFile>(*this, path, flags);
  }
  int64_t Write(duckdb::FileHandle& /*handle*/, void* buffer, int64_t byte_count) override {
    engine::check_or_throw(sink_({static_cast<const char*>(buffer), static_cast<std::size_t>(byte_count)}));
    written_ += byte_count;
    return byte_count;
  }
  int64_t GetFileSize(duckdb::FileHandle& /*handle*/) override { return written_; }
  void FileSync(duckdb::FileHandle& /*handle*/) override {}
  bool CanHandleFile(const duckdb::string& /*path*/) override { return true; }
  bool OnDiskFile(duckdb::FileHandle& /*handle*/) override { return false; }
  std::string GetName() const override { return "answer"; }

 private:
  const ByteSink& sink_;
  int64_t written_ = 0;
};

/// The type that holds the same values exactly in Parquet.
duckdb::LogicalType storable(const duckdb::LogicalType& type) {
  using Id = duckdb::LogicalTypeId;
  switch (type.id()) {
    case Id::HUGEINT:
    case Id::UHUGEINT:
    case Id::BIT:
    case Id::BIGNUM:
    case Id::INTERVAL:
    case Id::TIME_TZ:
    case Id::UNION:
    case Id::SQLNULL:
      return duckdb::LogicalType::VARCHAR;
    case Id::LIST:
      return duckdb::LogicalType::LIST(storable(duckdb::ListType::GetChildType(type)));
    case Id::ARRAY:
      return duckdb::LogicalType::ARRAY(storable(duckdb::ArrayType::GetChildType(type)),
                                        duckdb::ArrayType::GetSize(type));
    case Id::MAP:
      return duckdb::LogicalType::MAP(storable(duckdb::MapType::KeyType(type)),
                                      storable(duckdb::MapType::ValueType(type)));
    case Id::STRUCT: {
      duckdb::child_list_t<duckdb::LogicalType> children;
      for (const auto& [name, child] : duckdb::StructType::GetChildTypes(type)) {
        children.emplace_back(name.empty() ? "field_" + std::to_string(children.size() + 1) : name,
                              storable(child));
      }
      return duckdb::LogicalType::STRUCT(std::move(children));
    }
    default:
      return type;
  }
}

/// The Parquet writer of the engine, driven by hand.
class ParquetFile {
 public:
  ParquetFile(const RowBatch& shape, const std::vector<Column>& columns, const ByteSink& sink)
      : session_(*shape.context()), connection_(*session_.db) {
    auto& context = *connection_.context;
    duckdb::ClientData::Get(context).client_file_system = duckdb::make_uniq<SinkFileSystem>(sink);
    connection_.BeginTransaction();
    auto& entry = duckdb::Catalog::GetSystemCatalog(context).GetEntry<duckdb::CopyFunctionCatalogEntry>(
        context, DEFAULT_SCHEMA, "parquet");
    function_ = std::make_unique<duckdb::CopyFunction>(entry.function);
    duckdb::vector<duckdb::string> names;
    for (const auto& column : columns) {
      std::string name = column.name;
      for (int suffix = 1; std::find(names.begin(), names.end(), name) != names.end(); ++suffix) {
        name = column.name + "_" + std::to_string(suffix);
      }
      names.push_back(name);
    }
    for (const auto& type : shape.chunk().GetTypes()) types_.push_back(storable(type));
    duckdb::CopyInfo info;
    info.is_from = false;
    info.format = "parquet";
    info.file_path = kName;
    info.options["compression"] = {duckdb::Value("zstd")};
    duckdb::CopyFunctionBindInput input(info, function_->function_info);
    bound_ = function_->copy_to_bind(context, input, names, types_);
    global_ = function_->copy_to_initialize_global(context, *bound_, kName);
    thread_ = std::make_unique<duckdb::ThreadContext>(context);
    execution_ = std::make_unique<duckdb::ExecutionContext>(context, *thread_, nullptr);
    local_ = function_->copy_to_initialize_local(*execution_, *bound_);
  }

  void write(const RowBatch& batch) {
    duckdb::DataChunk cast;
    cast.Initialize(duckdb::Allocator::DefaultAllocator(), types_);
    auto& chunk = batch.chunk();
    for (std::size_t i = 0; i < types_.size(); ++i) {
      if (chunk.data[i].GetType() == types_[i]) {
        cast.data[i].Reference(chunk.data[i]);
      } else {
        duckdb::VectorOperations::Cast(session_, chunk.data[i], cast.data[i], chunk.size());
      }
    }
    cast.SetCardinality(chunk.size());
    function_->copy_to_sink(*execution_, *bound_, *global_, *local_, cast);
  }

  void finish() {
    function_->copy_to_combine(*execution_, *bound_, *global_, *local_);
    function_->copy_to_finalize(*connection_.context, *bound_, *global_);
    global_.reset();
    connection_.Rollback();
  }

 private:
  static constexpr const char* kName = "answer.parquet";
  duckdb::ClientContext& session_;
  duckdb::Connection connection_;
  std::unique_ptr<duckdb::CopyFunction> function_;
  duckdb::vector<duckdb::LogicalType> types_;
  duckdb::unique_ptr<duckdb::FunctionData> bound_;
  duckdb::unique_ptr<duckdb::GlobalFunctionData> global_;
  std::unique_ptr<duckdb::ThreadContext> thread_;
  std::unique_ptr<duckdb::ExecutionContext> execution_;
  duckdb::unique_ptr<duckdb::LocalFunctionData> local_;
};

}  // namespace

Status encode_parquet(ResultStream& stream, const ByteSink& sink) {
  if (stream.kind() != StatementKind::kRows) {
    return Error(ErrorCode::kInvalidArgument, "the statement has no rows to write as Parquet");
  }
  LAKE_TRY(const auto shape, stream.shape());
  std::unique_ptr<ParquetFile> file;
  LAKE_CHECK_OK(
      engine::guarded([&] { file = std::make_unique<ParquetFile>(shape, stream.columns(), sink); }));
  while (true) {
    LAKE_TRY(const auto batch, stream.next());
    if (!batch) break;
    LAKE_CHECK_OK(engine::guarded([&] { file->write(*batch); }));
  }
  return engine::guarded([&] { file->finish(); });
}

}  // namespace lake::query
