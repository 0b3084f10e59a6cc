#include <functional>

#include "lake/catalog/catalog.hpp"
#include "lake/catalog/catalog_fixture.hpp"

namespace lake::catalog {
namespace {

class ConflictTest : public CatalogFixture {
 protected:
  ErrorCode code_of(CommitRequest made) {
    const CommitId before = catalog_->current()->commit_id;
    const auto outcome = catalog_->commit(std::move(made));
    if (outcome) return ErrorCode::kInternal;
    EXPECT_EQ(catalog_->current()->commit_id, before) << "a refused commit must leave no trace";
    return outcome.error().code();
  }
  CommitRequest removal_of(TableId table, FileId file, std::uint64_t rows_added = 0) {
    CommitRequest made = request();
    TableDelta delta;
    delta.table_id = table;
    delta.removed_files = {file};
    const auto& deletes = *catalog_->current()->find(table)->deletes;
    if (const auto known = deletes.find(file); known != deletes.end())
      delta.expected_deletes[file] = known->second;
    if (rows_added > 0) {
      delta.added_files.push_back(file_of(table, rows_added));
      delta.rewrite = true;
    }
    made.deltas.push_back(std::move(delta));
    return made;
  }
  CommitRequest alter_of(TableId id, const std::function<void(Table&)>& change) {
    const TablePtr found = table(id);
    AlterTable alter{*found, found->ddl_version};
    change(alter.table);
    CommitRequest made = request();
    made.definitions.emplace_back(std::move(alter));
    return made;
  }
  static void add_column(Table& table) {
    Schema columns = *table.schema;
    columns.schema_id += 1;
    Field field;
    field.id = table.next_field_id++;
    field.name = "c" + std::to_string(field.id);
    field.type = "INTEGER";
    columns.fields.push_back(field);
    table.schema = std::make_shared<const Schema>(columns);
  }
};

TEST_F(ConflictTest, AppendsFromOldBasesNeverConflict) {
  const TableId id = make_table("t");
  const CommitRequest late = append_of(id, 1);
  add_file(id, 5);
  append(id, 1);
  EXPECT_TRUE(catalog_->commit(late));
  EXPECT_EQ(table(id)->live_rows, 7U);
}

TEST_F(ConflictTest, AppendToADroppedTableConflicts) {
  const TableId id = make_table("t");
  const CommitRequest late = append_of(id, 1);
  CommitRequest drop = request();
  drop.definitions.emplace_back(DropTable{id});
  ASSERT_TRUE(catalog_->commit(drop));
  EXPECT_EQ(code_of(late), ErrorCode::kConflict);
  EXPECT_EQ(code_of(drop), ErrorCode::kConflict);
  EXPECT_EQ(code_of(append_of(id, 1)), ErrorCode::kConflict);
}

TEST_F(ConflictTest, UnknownTableIsNotFound) {
  CommitRequest made = request();
  made.definitions.emplace_back(DropTable{77});
  EXPECT_EQ(code_of(made), ErrorCode::kNotFound);
}

TEST_F(ConflictTest, AppendAfterAChangeOfColumnsConflicts) {
  const TableId id = make_table("t");
  const CommitRequest late = append_of(id, 1);
  ASSERT_TRUE(catalog_->commit(alter_of(id, add_column)));
  EXPECT_EQ(code_of(late), ErrorCode::kConflict);
  EXPECT_EQ(table(id)->schemas->size(), 2U);
}

TEST_F(ConflictTest, RowsWrittenBeforeAnAlterOfTheSameTransactionAreTaken) {
  const TableId id = make_table("t");
  CommitRequest made = alter_of(id, add_column);
  made.deltas = append_of(id, 3).deltas;
  ASSERT_TRUE(catalog_->commit(made));
  EXPECT_EQ(table(id)->live_rows, 3U);
  reopen();
  EXPECT_EQ(table(id)->schema->fields.size(), 3U);
  EXPECT_EQ(table(id)->segments.front().segment->chunks(0, 3).front().schema_id, 0);
}

TEST_F(ConflictTest, DeletesOfDifferentRowsOfOneFileBothHappen) {
  const TableId id = make_table("t");
  const FileId file = add_file(id, 10);
  const CommitRequest first = delete_of(id, file, {1, 2});
  const CommitRequest second = delete_of(id, file, {3});
  ASSERT_TRUE(catalog_->commit(first));
  ASSERT_TRUE(catalog_->commit(second));
  EXPECT_EQ(table(id)->deletes->at(file)->cardinality(), 3U);
  EXPECT_EQ(table(id)->live_rows, 7U);
}

TEST_F(ConflictTest, DeletesOfTheSameRowConflict) {
  const TableId id = make_table("t");
  const FileId file = add_file(id, 10);
  const CommitRequest late = delete_of(id, file, {2, 3});
  ASSERT_TRUE(catalog_->commit(delete_of(id, file, {1, 2})));
  EXPECT_EQ(code_of(late), ErrorCode::kConflict);
  EXPECT_EQ(table(id)->live_rows, 8U);
}

TEST_F(ConflictTest, DeleteFromARemovedFileConflicts) {
  const TableId id = make_table("t");
  const FileId file = add_file(id, 10);
  const CommitRequest late = delete_of(id, file, {2});
  ASSERT_TRUE(catalog_->commit(removal_of(id, file, 10)));
  EXPECT_EQ(code_of(late), ErrorCode::kConflict);
}

TEST_F(ConflictTest, RewriteOfAFileThatLostRowsConflicts) {
  const TableId id = make_table("t");
  const FileId file = add_file(id, 10);
  const CommitRequest late = removal_of(id, file, 10);
  ASSERT_TRUE(catalog_->commit(delete_of(id, file, {2})));
  EXPECT_EQ(code_of(late), ErrorCode::kConflict);
  EXPECT_TRUE(catalog_->commit(removal_of(id, file, 9)));
  EXPECT_TRUE(table(id)->deletes->empty());
  EXPECT_EQ(code_of(removal_of(id, file)), ErrorCode::kConflict);
}

TEST_F(ConflictTest, RewriteMustKeepTheNumberOfRows) {
  const TableId id = make_table("t");
  const FileId file = add_file(id, 10);
  EXPECT_EQ(code_of(removal_of(id, file, 9)), ErrorCode::kInvalidArgument);
}

TEST_F(ConflictTest, RemovalOfASegmentThatGrewConflictsUnlessItWasSealed) {
  const TableId id = make_table("t");
  append(id, 2);
  const FileId segment = table(id)->segments.front().segment->file_id;
  const CommitRequest late = removal_of(id, segment, 2);
  append(id, 1);
  EXPECT_EQ(code_of(late), ErrorCode::kConflict);
  const SnapshotPtr sealed = catalog_->seal_segments(id).value();
  EXPECT_EQ(sealed->find(id)->segments.size(), 1U);
  const CommitRequest flush = removal_of(id, segment, 3);
  append(id, 4);
  ASSERT_TRUE(catalog_->commit(flush));
  EXPECT_EQ(table(id)->live_rows, 7U);
  EXPECT_EQ(table(id)->segment_rows, 4U);
  EXPECT_EQ(table(id)->segments.size(), 1U);
  EXPECT_EQ(catalog_->seal_segments(99).error().code(), ErrorCode::kNotFound);
}

TEST_F(ConflictTest, CompactionCarriesDeletesIntoTheNewFile) {
  const TableId id = make_table("t");
  const FileId file = add_file(id, 10);
  ASSERT_TRUE(catalog_->commit(delete_of(id, file, {2})));
  CommitRequest made = removal_of(id, file, 10);
  TableDelta& delta = made.deltas.front();
  delta.added_files.front().first_row_id = 0;
  delta.added_deletes[delta.added_files.front().file_id] = positions({2});
  const FileId target = delta.added_files.front().file_id;
  ASSERT_TRUE(catalog_->commit(made));
  EXPECT_EQ(table(id)->live_rows, 9U);
  EXPECT_EQ(table(id)->next_row_id, 10U);
  EXPECT_TRUE(table(id)->deletes->at(target)->contains(2));
}

TEST_F(ConflictTest, TwoAltersOfOneTableConflict) {
  const TableId id = make_table("t");
  const CommitRequest first = alter_of(id, add_column);
  const CommitRequest second = alter_of(id, [](Table& table) { table.comment = "words"; });
  ASSERT_TRUE(catalog_->commit(first));
  EXPECT_EQ(code_of(second), ErrorCode::kConflict);
}

TEST_F(ConflictTest, NewCheckConflictsWithRowsWrittenMeanwhile) {
  const TableId id = make_table("t");
  const auto add_check = [](Table& table) { table.checks.emplace_back("id > 0"); };
  const CommitRequest late = alter_of(id, add_check);
  const CommitRequest harmless = alter_of(id, [](Table& table) { table.comment = "words"; });
  append(id, 1);
  EXPECT_EQ(code_of(late), ErrorCode::kConflict);
  EXPECT_TRUE(catalog_->commit(harmless));
  EXPECT_TRUE(catalog_->commit(alter_of(id, add_check)));
}

TEST_F(ConflictTest, NewColumnThatMustNotBeNullConflictsWithRowsThatDoNotHaveIt) {
  const TableId id = make_table("t");
  const auto add_required = [](const std::optional<std::string>& initial) {
    return [initial](Table& table) {
      add_column(table);
      Schema columns = *table.schema;
      columns.fields.back().not_null = true;
      columns.fields.back().initial_sql = initial;
      table.schema = std::make_shared<const Schema>(columns);
    };
  };
  const CommitRequest late = alter_of(id, add_required(std::nullopt));
  const CommitRequest filled = alter_of(id, add_required("'7'"));
  append(id, 1);
  EXPECT_EQ(code_of(late), ErrorCode::kConflict);
  EXPECT_TRUE(catalog_->commit(filled)) << "old rows have the default, which is not NULL";
}

TEST_F(ConflictTest, AppendsAndCommentsOfColumnsDoNotDisturbEachOther) {
  const TableId id = make_table("t");
  const auto comment = [](Table& table) {
    Schema columns = *table.schema;
    columns.schema_id += 1;
    columns.fields[1].comment = "words";
    columns.fields[1].children[0].comment = "more words";
    table.schema = std::make_shared<const Schema>(columns);
  };
  const CommitRequest late = append_of(id, 1);
  ASSERT_TRUE(catalog_->commit(alter_of(id, comment)));
  ASSERT_TRUE(catalog_->commit(late));
  EXPECT_EQ(table(id)->live_rows, 1U);
  reopen();
  EXPECT_EQ(table(id)->schema->fields[1].comment, "words");
  EXPECT_EQ(table(id)->segments.front().segment->chunks(0, 1).front().schema_id, 0);
  const CommitRequest second = append_of(id, 1);
  ASSERT_TRUE(catalog_->commit(alter_of(id, add_column)));
  EXPECT_EQ(code_of(second), ErrorCode::kConflict);
}

TEST_F(ConflictTest, NamesTakenMeanwhileConflictAndBeforeThatExist) {
  CommitRequest late = request();
  late.definitions.emplace_back(CreateTable{table_of(catalog_->reserve_table("main", "t"), "main", "t")});
  make_table("T");
  EXPECT_EQ(code_of(late), ErrorCode::kConflict);
  late.base = catalog_->current()->commit_id;
  EXPECT_EQ(code_of(late), ErrorCode::kAlreadyExists);
  CommitRequest view = request();
  Object object;
  object.schema_name = "main";
  object.name = "t";
  view.definitions.emplace_back(PutObject{object});
  EXPECT_EQ(code_of(view), ErrorCode::kAlreadyExists);
}

TEST_F(ConflictTest, ViewReplacedMeanwhileConflicts) {
  Object object;
  object.schema_name = "main";
  object.name = "v";
  object.sql = "CREATE VIEW v AS SELECT 'a\n\"b\"'";
  CommitRequest made = request();
  made.definitions.emplace_back(PutObject{object});
  ASSERT_TRUE(catalog_->commit(made));
  EXPECT_EQ(code_of(made), ErrorCode::kConflict);
  made.base = catalog_->current()->commit_id;
  ASSERT_TRUE(catalog_->commit(made));
  reopen();
  EXPECT_EQ(catalog_->current()->views->at({"main", "v"})->sql, object.sql);
  CommitRequest drop = request();
  drop.definitions.emplace_back(DropObject{ObjectKind::kView, "MAIN", "V"});
  ASSERT_TRUE(catalog_->commit(drop));
  EXPECT_EQ(code_of(drop), ErrorCode::kConflict) << "it was there when the transaction began";
  drop.base = catalog_->current()->commit_id;
  EXPECT_EQ(code_of(drop), ErrorCode::kNotFound);
  EXPECT_EQ(catalog_->at_version(1).value()->views->size(), 1U);
}

TEST_F(ConflictTest, OnlyEmptySchemasAreDropped) {
  CommitRequest create = request();
  create.definitions.emplace_back(CreateSchema{"Lab"});
  ASSERT_TRUE(catalog_->commit(create));
  const TableId id = make_table("t", "LAB");
  EXPECT_EQ(table(id)->schema_name, "Lab");
  CommitRequest drop = request();
  drop.definitions.emplace_back(DropSchema{"lab"});
  EXPECT_EQ(code_of(drop), ErrorCode::kInvalidArgument);
  CommitRequest early = drop;
  early.base = create.base + 1;
  EXPECT_EQ(code_of(early), ErrorCode::kConflict) << "it was empty when the transaction began";
  CommitRequest both = request();
  both.definitions.emplace_back(DropTable{id});
  both.definitions.emplace_back(DropSchema{"lab"});
  ASSERT_TRUE(catalog_->commit(both));
  EXPECT_EQ(code_of(drop), ErrorCode::kConflict);
  drop.base = catalog_->current()->commit_id;
  EXPECT_EQ(code_of(drop), ErrorCode::kNotFound);
  CommitRequest into = request();
  into.base = early.base;
  Object macro;
  macro.kind = ObjectKind::kMacro;
  macro.schema_name = "lab";
  macro.name = "m";
  macro.sql = "CREATE MACRO lab.m(x) AS x";
  into.definitions.emplace_back(PutObject{macro});
  EXPECT_EQ(code_of(into), ErrorCode::kConflict);
  CommitRequest main = request();
  main.definitions.emplace_back(DropSchema{"main"});
  EXPECT_EQ(code_of(main), ErrorCode::kInvalidArgument);
  reopen();
  EXPECT_EQ(catalog_->current()->schemas->size(), 1U);
  EXPECT_EQ(catalog_->at_version(2).value()->schemas->at("lab").name, "Lab");
}

TEST_F(ConflictTest, RefusedPartUndoesTheWholeRequest) {
  const TableId id = make_table("t");
  const FileId file = add_file(id, 10);
  CommitRequest made = append_of(id, 1);
  CommitRequest bad = delete_of(id, file, {10});
  made.deltas.push_back(bad.deltas.front());
  EXPECT_EQ(code_of(made), ErrorCode::kInvalidArgument);
  EXPECT_EQ(table(id)->live_rows, 10U);
  append(id, 1);
  EXPECT_EQ(table(id)->live_rows, 11U);
}

TEST_F(ConflictTest, FilesNeedReservedIdsAndAreUsedOnce) {
  const TableId id = make_table("t");
  CommitRequest made = request();
  TableDelta delta;
  delta.table_id = id;
  delta.added_files.push_back(file_of(id, 1));
  made.deltas.push_back(delta);
  ASSERT_TRUE(catalog_->commit(made));
  EXPECT_EQ(code_of(made), ErrorCode::kInvalidArgument);
  made.deltas.front().added_files.front().file_id = 1000;
  EXPECT_EQ(code_of(made), ErrorCode::kInvalidArgument);
}

TEST_F(ConflictTest, CreatedDroppedAndFilledByOneCommit) {
  const auto kept = catalog_->reserve_table("main", "kept");
  const auto gone = catalog_->reserve_table("main", "gone");
  CommitRequest made = request();
  made.definitions.emplace_back(CreateTable{table_of(kept, "main", "kept")});
  made.definitions.emplace_back(CreateTable{table_of(gone, "main", "gone")});
  made.definitions.emplace_back(DropTable{gone.table_id});
  TableDelta delta;
  delta.table_id = kept.table_id;
  delta.added_files.push_back(file_of(kept.table_id, 7));
  delta.appends.push_back(rows(2));
  made.deltas.push_back(std::move(delta));
  ASSERT_TRUE(catalog_->commit(made));
  EXPECT_EQ(catalog_->current()->commit_id, 1U);
  reopen();
  EXPECT_EQ(catalog_->current()->tables.size(), 1U);
  EXPECT_EQ(table(kept.table_id)->live_rows, 9U);
}

}  // namespace
}  // namespace lake::catalog
