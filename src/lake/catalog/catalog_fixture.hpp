#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "lake/catalog/catalog.hpp"
#include "lake/catalog/definition_text.hpp"
#include "lake/catalog/open_catalog.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/os/random.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::catalog {

/// Everything a snapshot holds, as text to compare. `next_row_id` is left out of older versions, which do not
/// need it.
inline std::string describe(const Snapshot& snapshot) {
  std::ostringstream out;
  out << snapshot.commit_id << " at " << snapshot.committed_micros << " ddl " << snapshot.ddl_version
      << " inline " << snapshot.inline_bytes << "/" << snapshot.inline_chunks << "/"
      << snapshot.inline_segments << "\n";
  for (const auto& [key, schema] : *snapshot.schemas) {
    out << "schema " << key << "=" << schema.name << " " << schema.comment.value_or("-") << " "
        << schema.version << "\n";
  }
  for (const auto* objects : {&*snapshot.views, &*snapshot.macros, &*snapshot.types}) {
    for (const auto& [key, object] : *objects) {
      out << "object " << key.first << "." << key.second << " " << object->object_id << object->sql
          << object->version << "\n";
    }
  }
  for (const auto& [key, id] : *snapshot.table_names)
    out << "name " << key.first << "." << key.second << id << "\n";
  for (const auto& [id, table] : snapshot.tables) {
    out << "table " << id << table->uuid << table->schema_name << "." << table->name << " " << table->location
        << " version " << table->version << " ddl " << table->ddl_version << " "
        << fields_text(table->schema->fields) << table_text(*table) << " all " << table->schemas->size()
        << " rows " << table->live_rows << " bytes " << table->file_bytes << " inline " << table->segment_rows
        << "/" << table->segment_bytes << " in " << table->segment_chunks << "\n";
    for (const FilePtr& file : *table->files) {
      out << " file " << file->file_id << file->path << " rows " << file->row_count << " first "
          << file->first_row_id << " begin " << file->begin << " stats " << file->stats.bytes().size()
          << "\n";
    }
    for (const SegmentView& view : table->segments) {
      out << " segment " << view.segment->file_id << " rows " << view.row_count << " bytes " << view.bytes
          << " " << view.begin << "-" << view.changed << " at " << view.begin_micros << ":";
      for (const SegmentChunk& chunk : view.segment->chunks(0, view.row_count)) {
        out << " " << chunk.start << "+" << chunk.row_count << "@" << chunk.begin << "#" << chunk.first_row_id
            << *chunk.bytes;
      }
      out << "\n";
    }
    for (const auto& [file, bitmap] : *table->deletes) {
      out << " deletes " << file << ":";
      for (const std::uint32_t position : bitmap->members()) out << " " << position;
      out << "\n";
    }
  }
  return out.str();
}

/// A catalog in a directory of its own that a test may close, reopen and look into.
class CatalogFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    directory_ = ::testing::TempDir() + "lake_catalog_" + safe(info->test_suite_name()) + "_" +
                 safe(info->name()) + "_" + std::to_string(::getpid());
    ASSERT_TRUE(posix_.remove_tree(directory_));
    ASSERT_TRUE(posix_.create_directories(directory_));
    open();
  }
  void TearDown() override {
    if (catalog_ != nullptr) {
      expect_sound();
      EXPECT_TRUE(catalog_->close());
    }
    catalog_.reset();
    EXPECT_TRUE(posix_.remove_tree(directory_));
  }

  static std::string safe(std::string name) {
    for (char& letter : name) {
      if (letter == '/') letter = '_';
    }
    return name;
  }
  Result<std::unique_ptr<Catalog>> try_open() {
    return open_catalog(*files_, clock_, random_, metrics_, directory_, options_, statistics_bytes_max_);
  }
  void open() {
    auto opened = try_open();
    ASSERT_TRUE(opened) << opened.error().message();
    catalog_ = std::move(*opened);
  }
  void reopen() {
    const SnapshotPtr before = catalog_->current();
    ASSERT_TRUE(catalog_->close());
    catalog_.reset();
    open();
    // The id of a row is never given to another.
    for (const auto& [id, table] : before->tables) {
      const TablePtr found = catalog_->current()->find(id);
      if (found != nullptr) {
        EXPECT_EQ(found->next_row_id, table->next_row_id) << table->name;
      }
    }
  }
  void expect_sound() {
    const auto problems = catalog_->verify();
    ASSERT_TRUE(problems) << problems.error().message();
    for (const Problem& problem : *problems) ADD_FAILURE() << problem.where << ": " << problem.what;
  }

  CommitRequest request() {
    CommitRequest made;
    made.base = catalog_->current()->commit_id;
    return made;
  }
  static Table table_of(const Catalog::NewTable& reserved, const std::string& schema,
                        const std::string& name) {
    Table table;
    table.table_id = reserved.table_id;
    table.uuid = reserved.uuid;
    table.location = reserved.location;
    table.schema_name = schema;
    table.name = name;
    Schema columns;
    columns.schema_id = 0;
    Field id;
    id.id = 1;
    id.name = "id";
    id.type = "BIGINT";
    id.not_null = true;
    Field tags;
    tags.id = 2;
    tags.name = "tags";
    tags.type = "LIST";
    Field element;
    element.id = 3;
    element.name = "element";
    element.type = "VARCHAR";
    tags.children.push_back(element);
    columns.fields = {id, tags};
    table.schema = std::make_shared<const Schema>(columns);
    table.next_field_id = 4;
    return table;
  }
  TableId make_table(const std::string& name, const std::string& schema = "main") {
    CommitRequest made = request();
    const auto reserved = catalog_->reserve_table(schema, name);
    made.definitions.emplace_back(CreateTable{table_of(reserved, schema, name)});
    const auto outcome = catalog_->commit(std::move(made));
    EXPECT_TRUE(outcome) << outcome.error().message();
    return reserved.table_id;
  }
  static SegmentAppend rows(std::uint32_t count, const std::string& bytes = "row") {
    return {count, 0, std::make_shared<const std::string>(bytes), count};
  }
  CommitRequest append_of(TableId table, std::uint32_t count, const std::string& bytes = "row") {
    CommitRequest made = request();
    TableDelta delta;
    delta.table_id = table;
    delta.appends.push_back(rows(count, bytes));
    made.deltas.push_back(std::move(delta));
    return made;
  }
  void append(TableId table, std::uint32_t count, const std::string& bytes = "row") {
    const auto outcome = catalog_->commit(append_of(table, count, bytes));
    ASSERT_TRUE(outcome) << outcome.error().message();
  }
  DataFile file_of(TableId table, std::uint64_t row_count) {
    DataFile file;
    file.file_id = catalog_->reserve_files(table, 1).value();
    file.path = "tables/t" + std::to_string(table) + "/f" + std::to_string(file.file_id) + ".parquet";
    file.row_count = row_count;
    file.bytes = row_count * 10;
    file.footer_bytes = 100;
    file.checksum = 0xfedcba9876543210;
    ColumnStats stats;
    stats.field_id = 1;
    stats.value_count = static_cast<std::int64_t>(row_count);
    stats.null_count = 0;
    stats.lower = std::string("\0\1\2", 3);
    file.stats = FileStats({stats});
    return file;
  }
  FileId add_file(TableId table, std::uint64_t row_count) {
    CommitRequest made = request();
    TableDelta delta;
    delta.table_id = table;
    delta.added_files.push_back(file_of(table, row_count));
    const FileId id = delta.added_files.front().file_id;
    made.deltas.push_back(std::move(delta));
    const auto outcome = catalog_->commit(std::move(made));
    EXPECT_TRUE(outcome) << outcome.error().message();
    return id;
  }
  static codec::RoaringBitmap positions(const std::vector<std::uint32_t>& list) {
    codec::RoaringBitmap bitmap;
    for (const std::uint32_t position : list) bitmap.add(position);
    return bitmap;
  }
  CommitRequest delete_of(TableId table, FileId file, const std::vector<std::uint32_t>& list) {
    CommitRequest made = request();
    TableDelta delta;
    delta.table_id = table;
    const auto& deletes = *catalog_->current()->find(table)->deletes;
    const auto known = deletes.find(file);
    delta.deletes[file] = {positions(list), known == deletes.end() ? nullptr : known->second};
    made.deltas.push_back(std::move(delta));
    return made;
  }
  TablePtr table(TableId id) { return catalog_->current()->find(id); }

  os::PosixFileSystem posix_;
  os::FileSystem* files_ = &posix_;
  os::SystemClock clock_;
  os::SystemRandom random_;
  telemetry::Metrics metrics_;
  CatalogOptions options_;
  std::uint64_t statistics_bytes_max_ = 0;
  std::string directory_;
  std::unique_ptr<Catalog> catalog_;
};

}  // namespace lake::catalog
