#include "lake/tables/parquet_write.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "duckdb/common/type_visitor.hpp"
#include "duckdb/parallel/task_scheduler.hpp"
#include "lake/base/row_address.hpp"
#include "lake/codec/hash.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/field_types.hpp"
#include "lake/tables/file_lease.hpp"
#include "lake/tables/storage_types.hpp"

namespace lake::tables {

namespace {

/// Counts in a gauge as long as it lives.
class Counted {
 public:
  explicit Counted(telemetry::Gauge& gauge) : gauge_(gauge) { gauge_.add(1); }
  ~Counted() { gauge_.add(-1); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  telemetry::Gauge& gauge_;
};

}  // namespace

/// A file being written. Closed by the last thread that leaves it after it was retired.
struct DataFileWriter::OpenFile {
  std::optional<Counted> open;
  duckdb::FunctionData* bind = nullptr;  // the writer's
  std::uint64_t checksum = 0;            // XXH3-64 of the whole file
  std::string path;                      // relative to the data directory
  std::shared_ptr<const void> lease;
  duckdb::unique_ptr<duckdb::GlobalFunctionData> state;
  duckdb::CopyFunctionFileStatistics written;
  std::vector<std::optional<std::string>> partition;
  std::size_t users = 0;  // guarded by the writer's mutex, as is `retired`
  bool retired = false;
  bool synced = false;
};

DataFileWriter::Rows::Rows() = default;
DataFileWriter::Rows::~Rows() = default;

namespace {

constexpr std::size_t kChecksumBlockBytes = 1U << 20U;
constexpr std::int64_t kQuickZstdLevel = 1;  // 3 is the engine's own
/// Of one row group: enough for dictionaries to pay, few enough for two to be made at a time of one import's
/// batch.
constexpr std::uint64_t kQuickGroupRows = 32768;
/// Different values of a column and row group; with more it is written without a dictionary. Trying costs
/// most where it is in vain, of times and titles; the engine's own is a fifth of the rows.
constexpr std::int64_t kQuickDictionaryMax = 2048;

/// Reads the file back, from memory as a rule: it was just written.
Result<std::uint64_t> checksum_of(os::File& file) {
  codec::Xxh3Stream stream;
  std::string block(kChecksumBlockBytes, '\0');
  for (std::uint64_t offset = 0;;) {
    LAKE_TRY(const std::size_t count, file.read_at(offset, std::as_writable_bytes(std::span(block))));
    if (count == 0) return stream.digest();
    stream.update(std::string_view(block).substr(0, count));
    offset += count;
  }
}

using duckdb::LogicalType;
using duckdb::Value;

/// The writer's FIELD_IDS entry of a field: its id, with those of its parts.
Value field_id_value(const catalog::Field& field) {
  if (field.children.empty()) return Value::BIGINT(field.id);
  duckdb::child_list_t<Value> parts;
  parts.emplace_back("__duckdb_field_id", Value::BIGINT(field.id));
  for (const auto& child : field.children) parts.emplace_back(child.name, field_id_value(child));
  return Value::STRUCT(std::move(parts));
}

/// A name for a hidden column that no column of the user has.
std::string hidden_name(const std::string& wanted, const duckdb::vector<std::string>& names) {
  std::string name = wanted;
  while (std::any_of(names.begin(), names.end(),
                     [&](const auto& other) { return duckdb::StringUtil::CIEquals(other, name); })) {
    name += "_";
  }
  return name;
}

bool is_floating(const LogicalType& type) {
  return type.id() == duckdb::LogicalTypeId::FLOAT || type.id() == duckdb::LogicalTypeId::DOUBLE;
}

/// The engine looks a BLOB constant up in a Bloom filter by its printed form ("\\x00"), and would leave out
/// row groups that hold it.
bool misleads_bloom_filter(const LogicalType& stored) {
  return duckdb::TypeVisitor::Contains(stored, duckdb::LogicalTypeId::BLOB);
}

bool holds_floats(const LogicalType& type) { return duckdb::TypeVisitor::Contains(type, is_floating); }

template <class T>
bool holds_negative_zero(duckdb::Vector& vector, duckdb::idx_t count) {
  duckdb::UnifiedVectorFormat format;
  vector.ToUnifiedFormat(count, format);
  const auto* data = duckdb::UnifiedVectorFormat::GetData<T>(format);
  for (duckdb::idx_t n = 0; n < count; ++n) {
    const T value = data[format.sel->get_index(n)];
    if (value == 0 && std::signbit(value)) return true;
  }
  return false;
}

/// True when a value or a part of one may be -0.0; values that are not seen (NULL) count too.
bool may_hold_negative_zero(duckdb::Vector& vector, duckdb::idx_t count) {
  const LogicalType& type = vector.GetType();
  if (type.id() == duckdb::LogicalTypeId::FLOAT) return holds_negative_zero<float>(vector, count);
  if (type.id() == duckdb::LogicalTypeId::DOUBLE) return holds_negative_zero<double>(vector, count);
  if (!type.IsNested() || !holds_floats(type)) return false;
  if (vector.GetVectorType() != duckdb::VectorType::FLAT_VECTOR) {
    duckdb::Vector flat(type, std::max<duckdb::idx_t>(count, STANDARD_VECTOR_SIZE));
    duckdb::VectorOperations::Copy(vector, flat, count, 0, 0);
    return may_hold_negative_zero(flat, count);
  }
  switch (type.InternalType()) {
    case duckdb::PhysicalType::STRUCT: {
      auto& parts = duckdb::StructVector::GetEntries(vector);
      return std::any_of(parts.begin(), parts.end(),
                         [count](auto& part) { return may_hold_negative_zero(*part, count); });
    }
    case duckdb::PhysicalType::LIST:
      return may_hold_negative_zero(duckdb::ListVector::GetEntry(vector),
                                    duckdb::ListVector::GetListSize(vector));
    case duckdb::PhysicalType::ARRAY:
      return may_hold_negative_zero(duckdb::ArrayVector::GetEntry(vector),
                                    count * duckdb::ArrayType::GetSize(type));
    default:
      return false;
  }
}

template <class T>
bool holds_nan(duckdb::Vector& vector, duckdb::idx_t count) {
  duckdb::UnifiedVectorFormat format;
  vector.ToUnifiedFormat(count, format);
  const auto* data = duckdb::UnifiedVectorFormat::GetData<T>(format);
  for (duckdb::idx_t n = 0; n < count; ++n) {
    const auto row = format.sel->get_index(n);
    if (data[row] != data[row] && format.validity.RowIsValid(row)) return true;
  }
  return false;
}

}  // namespace

DataFileWriter::DataFileWriter(duckdb::ClientContext& context, Lake& lake, DataFileShape shape)
    : context_(context), lake_(lake), shape_(std::move(shape)), copy_("parquet") {
  types_ = engine::value_or_throw(types_of(*shape_.table->schema));
  for (const auto& field : shape_.table->schema->fields) field_ids_.push_back(field.id);
  if (shape_.carries_row_ids) {
    types_.insert(types_.end(), 2, LogicalType::BIGINT);
    field_ids_.insert(field_ids_.end(), {catalog::kRowIdField, catalog::kLastUpdatedSequenceField});
  }
  for (const auto& type : types_) stored_types_.push_back(storage_type(type));
  stores_as_is_ = types_ == stored_types_;
  nan_seen_.resize(types_.size());
  has_floats_ = std::any_of(types_.begin(), types_.end(), holds_floats);
  bind_ = bound(true);
  if (has_floats_) plain_bind_ = bound(false);
}

DataFileWriter::~DataFileWriter() {
  if (finished_) return;
  const MutexLock lock(mutex_);
  for (const auto& file : files_) {
    file->state.reset();
    ignore(lake_.files.remove_file(os::join_path(lake_.data_directory, file->path)),
           "an orphan; upkeep removes it later");
  }
}

duckdb::unique_ptr<duckdb::FunctionData> DataFileWriter::bound(bool with_dictionaries) {
  auto& entry = duckdb::Catalog::GetSystemCatalog(context_).GetEntry<duckdb::CopyFunctionCatalogEntry>(
      context_, DEFAULT_SCHEMA, "parquet");
  copy_ = entry.function;
  duckdb::vector<std::string> names = names_of(*shape_.table->schema);
  duckdb::child_list_t<Value> ids;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const catalog::Field field = storage_field(shape_.table->schema->fields[i]);
    ids.emplace_back(names[i], field_id_value(field));
    if (with_dictionaries) add_written_columns(field, types_[i], columns_);
  }
  for (std::size_t i = names.size(); i < types_.size(); ++i) {
    names.push_back(hidden_name(
        field_ids_[i] == catalog::kRowIdField ? "_row_id" : "_last_updated_sequence_number", names));
    ids.emplace_back(names.back(), Value::BIGINT(field_ids_[i]));
  }
  // half of what a file may hold, because threads add the groups they have begun; readers number groups with
  // 16 bits
  const std::uint64_t groups =
      RowAddress::kRowsPerFileMax / 2 / std::max<std::uint64_t>(lake_.options.row_group_rows, 2048);
  duckdb::CopyInfo info;
  info.format = "parquet";
  info.is_from = false;
  info.options["field_ids"] = {Value::STRUCT(std::move(ids))};
  info.options["compression"] = {Value(lake_.options.compression)};
  if (shape_.quick && lake_.options.compression == "zstd")
    info.options["compression_level"] = {Value::BIGINT(kQuickZstdLevel)};
  if (shape_.quick) info.options["dictionary_size_limit"] = {Value::BIGINT(kQuickDictionaryMax)};
  info.options["row_group_size"] = {Value::UBIGINT(lake_.options.row_group_rows)};
  info.options["row_groups_per_file"] = {Value::UBIGINT(std::clamp<std::uint64_t>(groups, 1, 30000))};
  const bool bloom = std::none_of(stored_types_.begin(), stored_types_.end(), misleads_bloom_filter);
  info.options["write_bloom_filter"] = {Value::BOOLEAN(bloom)};
  info.options["geoparquet_version"] = {Value("NONE")};
  if (!with_dictionaries) info.options["dictionary_size_limit"] = {Value::BIGINT(0)};
  duckdb::CopyFunctionBindInput input(info);
  return copy_.copy_to_bind(context_, input, names, stored_types_);
}

std::unique_ptr<DataFileWriter::Rows> DataFileWriter::rows(duckdb::ExecutionContext& context) {
  std::unique_ptr<Rows> rows(new Rows());
  if (shape_.quick) {
    rows->groups_ = row_groups();
  } else {
    rows->state_ = copy_.copy_to_initialize_local(context, *bind_);
  }
  rows->nan_seen_.resize(types_.size());
  return rows;
}

std::unique_ptr<RowGroups> DataFileWriter::row_groups() {
  const auto rows_max = std::min(kQuickGroupRows, lake_.options.row_group_rows);
  const bool shares = duckdb::TaskScheduler::GetScheduler(context_).NumberOfThreads() > 1;
  return std::make_unique<RowGroups>(
      context_, stored_types_, rows_max, shares,
      RowGroupSteps{.file = [this]() -> std::shared_ptr<void> { return acquire(); },
                    .encode =
                        [this](void* of, duckdb::unique_ptr<duckdb::ColumnDataCollection> rows) {
                          auto& file = *static_cast<OpenFile*>(of);
                          return copy_.prepare_batch(context_, *file.bind, *file.state, std::move(rows));
                        },
                    .write =
                        [this](std::shared_ptr<void> of, duckdb::PreparedBatchData& encoded) {
                          const auto file = std::static_pointer_cast<OpenFile>(std::move(of));
                          copy_.flush_batch(context_, *file->bind, *file->state, encoded);
                          release(file);
                        }});
}

duckdb::DataChunk& DataFileWriter::storage_form(Rows& rows, duckdb::DataChunk& chunk) const {
  if (stores_as_is_) return chunk;
  // made anew for each chunk: a vector that once referred to another would write into it the next time
  rows.stored_.Destroy();
  rows.stored_.Initialize(context_, stored_types_,
                          std::max<duckdb::idx_t>(chunk.size(), STANDARD_VECTOR_SIZE));
  for (std::size_t i = 0; i < types_.size(); ++i)
    to_storage(chunk.data[i], rows.stored_.data[i], chunk.size());
  rows.stored_.SetCardinality(chunk.size());
  return rows.stored_;
}

void DataFileWriter::look_for_nan(Rows& rows, duckdb::DataChunk& chunk) const {
  for (std::size_t i = 0; i < types_.size(); ++i) {
    if (rows.nan_seen_[i] || !is_floating(types_[i])) continue;
    rows.nan_seen_[i] = types_[i].id() == duckdb::LogicalTypeId::FLOAT
                            ? holds_nan<float>(chunk.data[i], chunk.size())
                            : holds_nan<double>(chunk.data[i], chunk.size());
  }
}

void DataFileWriter::look_for_negative_zero(duckdb::DataChunk& chunk) {
  if (!has_floats_ || keeps_signs_.load(std::memory_order_acquire)) return;
  const bool is_there = std::any_of(chunk.data.begin(), chunk.data.end(), [&chunk](auto& column) {
    return may_hold_negative_zero(column, chunk.size());
  });
  if (!is_there) return;
  OpenFilePtr last;
  {
    // What was not written yet goes to the next file, also of other threads.
    const MutexLock lock(mutex_);
    keeps_signs_.store(true, std::memory_order_release);
    last = std::exchange(current_, nullptr);
    if (last != nullptr) last->retired = true;
    if (last != nullptr && last->users != 0) last = nullptr;
  }
  if (last != nullptr) close(last);
}

void DataFileWriter::append(duckdb::ExecutionContext& context, Rows& rows, duckdb::DataChunk& chunk) {
  look_for_nan(rows, chunk);
  look_for_negative_zero(chunk);
  duckdb::DataChunk& stored = storage_form(rows, chunk);
  rows.row_count_ += chunk.size();
  if (rows.groups_ != nullptr) return rows.groups_->append(stored);
  const OpenFilePtr file = acquire();
  copy_.copy_to_sink(context, *file->bind, *file->state, *rows.state_, stored);
  release(file);
}

void DataFileWriter::combine(duckdb::ExecutionContext& context, Rows& rows) {
  if (rows.row_count_ == 0) return;
  if (rows.groups_ != nullptr) {
    rows.groups_->finish();
  } else {
    const OpenFilePtr file = acquire();
    copy_.copy_to_combine(context, *file->bind, *file->state, *rows.state_);
    release(file);
  }
  rows.row_count_ = 0;
  const MutexLock lock(mutex_);
  for (std::size_t i = 0; i < types_.size(); ++i) nan_seen_[i] = nan_seen_[i] || rows.nan_seen_[i];
}

DataFileWriter::OpenFilePtr DataFileWriter::acquire() {
  OpenFilePtr full;
  OpenFilePtr file;
  {
    const MutexLock lock(mutex_);
    if (current_ != nullptr &&
        copy_.rotate_next_file(*current_->state, *current_->bind, lake_.options.file_bytes_target)) {
      current_->retired = true;
      if (current_->users == 0) full = current_;
      current_ = nullptr;
    }
    if (current_ == nullptr) current_ = open_file();
    file = current_;
    ++file->users;
  }
  if (full != nullptr) close(full);
  return file;
}

DataFileWriter::OpenFilePtr DataFileWriter::open_file() {
  const std::string directory = os::join_path(shape_.table->location, "data");
  const std::string absolute = os::join_path(lake_.data_directory, directory);
  if (!directory_made_) engine::check_or_throw(lake_.files.create_directories(absolute));
  directory_made_ = true;
  auto file = std::make_shared<OpenFile>();
  const std::string name = os::uuid_v7(lake_.random, lake_.clock.wall_micros() / 1000) + ".parquet";
  file->path = os::join_path(directory, name);
  file->lease = lake_.leases->take(file->path);
  file->open.emplace(lake_.metrics.gauge("dplake_data_files_open", "Data files that are being written"));
  file->partition = partition_;
  files_.push_back(file);
  file->bind = keeps_signs_ ? plain_bind_.get() : bind_.get();
  file->state = copy_.copy_to_initialize_global(context_, *file->bind, os::join_path(absolute, name));
  copy_.copy_to_get_written_statistics(context_, *file->bind, *file->state, file->written);
  return file;
}

void DataFileWriter::release(const OpenFilePtr& file) {
  {
    const MutexLock lock(mutex_);
    if (--file->users != 0 || !file->retired) return;
  }
  close(file);
}

void DataFileWriter::close(const OpenFilePtr& file) {
  copy_.copy_to_finalize(context_, *file->bind, *file->state);
  file->state.reset();
  // the engine's writer only closes; its bytes are durable after this, its directory entry after finish()
  const std::string path = os::join_path(lake_.data_directory, file->path);
  auto handle = engine::value_or_throw(lake_.files.open(path, os::OpenMode::kReadWrite));
  const Status synced = handle->sync();
  if (synced) file->checksum = engine::value_or_throw(checksum_of(*handle));
  const Status closed = handle->close();
  engine::check_or_throw(synced);
  engine::check_or_throw(closed);
  file->synced = true;
  file->open.reset();
}

void DataFileWriter::cut(std::vector<std::optional<std::string>> partition) {
  OpenFilePtr last;
  {
    const MutexLock lock(mutex_);
    last = std::exchange(current_, nullptr);
    partition_ = std::move(partition);
  }
  if (last != nullptr) close(last);
}

std::vector<catalog::DataFile> DataFileWriter::finish() {
  cut({});
  const MutexLock lock(mutex_);
  // One may have been given up for another before a row came into it.
  std::erase_if(files_, [this](const OpenFilePtr& file) {
    if (!file->synced || file->written.row_count != 0) return false;
    ignore(lake_.files.remove_file(os::join_path(lake_.data_directory, file->path)),
           "an orphan; upkeep removes it later");
    return true;
  });
  if (!files_.empty()) {
    const std::string directory = os::join_path(shape_.table->location, "data");
    engine::check_or_throw(lake_.files.sync_directory(os::join_path(lake_.data_directory, directory)));
  }
  std::vector<catalog::FieldId> nan_free;
  for (std::size_t i = 0; i < types_.size(); ++i) {
    if (!nan_seen_[i]) nan_free.push_back(field_ids_[i]);
  }
  std::vector<catalog::DataFile> result;
  for (const auto& open : files_) {
    if (!open->synced) throw duckdb::IOException("a data file was left unfinished: " + open->path);
    catalog::DataFile file;
    file.path = open->path;
    file.lease = open->lease;
    file.row_count = open->written.row_count;
    file.bytes = open->written.file_size_bytes;
    if (!open->written.footer_size_bytes.IsNull())
      file.footer_bytes = open->written.footer_size_bytes.GetValue<std::uint64_t>();
    file.checksum = open->checksum;
    file.schema_id = shape_.table->schema->schema_id;
    file.spec_id = shape_.table->spec_id;
    file.order_id = shape_.sorted ? shape_.table->order_id : 0;
    file.partition = open->partition;
    file.carries_row_ids = shape_.carries_row_ids;
    file.stats = catalog::FileStats(stats_of(open->written, columns_, nan_free));
    result.push_back(std::move(file));
  }
  finished_ = true;
  return result;
}

}  // namespace lake::tables
