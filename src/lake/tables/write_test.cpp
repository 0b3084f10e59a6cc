#include <algorithm>

#include "duckdb/execution/execution_context.hpp"
#include "duckdb/main/extension/extension_loader.hpp"
#include "duckdb/parallel/thread_context.hpp"
#include "lake/tables/sorted_write.hpp"
#include "lake/tables/upkeep_connection.hpp"
#include "lake/tables/write_test_fixture.hpp"

namespace lake::tables {
namespace {

/// Every statement with everything inline, everything in Parquet, and in many small files.
class Write : public WriteFixture, public testing::WithParamInterface<Place> {
 protected:
  Write() : WriteFixture(options_of(GetParam())) {}
};
INSTANTIATE_TEST_SUITE_P(Everywhere, Write,
                         testing::Values(Place::kInline, Place::kParquet, Place::kTinyGroups),
                         [](const auto& place) {
                           return place.param == Place::kInline    ? "Inline"
                                  : place.param == Place::kParquet ? "Parquet"
                                                                   : "TinyGroups";
                         });

TEST_P(Write, inserted_rows_are_there_after_a_restart) {
  EXPECT_EQ(run("create table t(a int, b varchar)"), "");
  EXPECT_EQ(run("insert into t values (1, 'x'), (2, null)"), "2");
  EXPECT_EQ(run("insert into t select i, 'r' || i from range(10, 5010) r(i)"), "5000");
  EXPECT_EQ(run("select count(*), sum(a), min(b) from t"), "5002|12547503|r10");
  reopen();
  EXPECT_EQ(run("select count(*), sum(a), min(b) from t"), "5002|12547503|r10");
  const bool inlined = GetParam() == Place::kInline;
  EXPECT_EQ(table("t")->files->empty(), inlined);
  EXPECT_EQ(table("t")->segment_rows, inlined ? 5002U : 0U);
}

TEST_P(Write, insert_takes_defaults_column_lists_and_names) {
  run("create table t(a int default 7, b varchar default 'd' || 'e', c double)");
  EXPECT_EQ(run("insert into t(c) values (1.5)"), "1");
  EXPECT_EQ(run("insert into t by name select 2 as c, 3 as a"), "1");
  EXPECT_EQ(run("insert into t(b, a) values (default, 9)"), "1");
  EXPECT_EQ(run("insert into t default values"), "1");
  EXPECT_EQ(run("from t order by all"), "3|de|2.0\n7|de|1.5\n7|de|NULL\n9|de|NULL");
}

TEST_P(Write, a_rolled_back_insert_leaves_nothing) {
  run("create table t(a int)");
  run("begin");
  run("insert into t select * from range(3000)");
  EXPECT_EQ(run("select count(*) from t"), "3000");
  const auto other = another();
  EXPECT_EQ(run_on(*other, "select count(*) from t"), "0");
  run("rollback");
  EXPECT_EQ(run("select count(*) from t"), "0");
}

TEST_P(Write, a_violated_constraint_names_it_and_keeps_nothing) {
  run("create table t(a int not null, b int check (b < 10))");
  EXPECT_EQ(run("insert into t values (1, 2), (2, null)"), "2");
  EXPECT_NE(run("insert into t values (null, 2)").find("NOT NULL constraint failed: t.a"), std::string::npos);
  EXPECT_NE(run("insert into t select i, i from range(20) r(i)").find("CHECK constraint failed on table t"),
            std::string::npos);
  EXPECT_NE(run("update t set b = 99").find("CHECK constraint failed"), std::string::npos);
  EXPECT_NE(run("update t set a = null where a = 1").find("NOT NULL constraint failed: t.a"),
            std::string::npos);
  EXPECT_EQ(run("from t order by a"), "1|2\n2|NULL");
}

TEST_P(Write, create_table_as_keeps_the_order_of_few_rows) {
  EXPECT_EQ(run("create table t as select i, i * 2 as d from range(4000) r(i) order by i desc"), "4000");
  EXPECT_EQ(run("select count(*), sum(d) from t"), "4000|15996000");
  EXPECT_EQ(run("from t limit 2"), "3999|7998\n3998|7996");
  EXPECT_EQ(run("create or replace table t as select i + 1 as i from t where i < 3"), "3");
  EXPECT_EQ(run("from t order by i"), "1\n2\n3");
  EXPECT_NE(run("create table t as select 1").find("already exists"), std::string::npos);
  EXPECT_EQ(run("create table e as select 1 as a where false"), "0");
  EXPECT_EQ(run("from e"), "");
}

TEST_P(Write, deleted_rows_are_gone) {
  run("create table t as select i from range(6000) r(i)");
  EXPECT_EQ(run("delete from t where i % 3 = 0"), "2000");
  EXPECT_EQ(run("delete from t where i % 3 = 0"), "0");
  EXPECT_EQ(run("select count(*), min(i) from t"), "4000|1");
  run("create table u as select 1 as k from range(3)");
  EXPECT_EQ(run("delete from t using u where t.i = u.k"), "1");
  reopen();
  EXPECT_EQ(run("select count(*), min(i) from t"), "3999|2");
  EXPECT_EQ(run("truncate t"), "3999");
  EXPECT_EQ(run("select count(*) from t"), "0");
  EXPECT_EQ(run("insert into t values (5)"), "1");
  EXPECT_EQ(run("from t"), "5");
}

TEST_P(Write, a_condition_that_moves_into_the_scan_still_counts) {
  run("create table t as select i from range(10) r(i)");
  EXPECT_EQ(run("delete from t where filename = 'nothing'"), "0");
  EXPECT_EQ(run("delete from t where i is null"), "0");
  EXPECT_EQ(run("delete from t where _row_id < 0"), "0");
  EXPECT_EQ(run("delete from t where false"), "0");
  EXPECT_EQ(run("delete from t where true"), "10");
}

TEST_P(Write, deletes_inside_a_transaction_roll_back) {
  run("create table t as select i from range(10) r(i)");
  run("begin");
  EXPECT_EQ(run("insert into t values (10)"), "1");
  EXPECT_EQ(run("delete from t where i >= 9"), "2");
  EXPECT_EQ(run("update t set i = 100 where i = 0"), "1");
  EXPECT_EQ(run("select count(*), max(i) from t"), "9|100");
  EXPECT_EQ(run("delete from t"), "9");
  EXPECT_EQ(run("select count(*) from t"), "0");
  run("rollback");
  EXPECT_EQ(run("select count(*), max(i) from t"), "10|9");
}

TEST_P(Write, updated_rows_keep_their_identity) {
  run("create table t(a int, b varchar, c int default 5)");
  run("insert into t select i, 'x', i from range(3000) r(i)");
  const std::string before = run("select _row_id from t where a = 1500");
  EXPECT_EQ(run("update t set b = 'y', c = default where a >= 1500"), "1500");
  EXPECT_EQ(run("select b, count(*), sum(c) from t group by b order by b"), "x|1500|1124250\ny|1500|7500");
  EXPECT_EQ(run("select _row_id from t where a = 1500"), before);
  EXPECT_EQ(run("select count(distinct _row_id) from t"), "3000");
  EXPECT_EQ(run("select count(distinct _last_updated_sequence_number) from t"), "2");
  EXPECT_EQ(run("update t set a = a + 1 where b = 'y'"), "1500");
  reopen();
  EXPECT_EQ(run("select _row_id from t where a = 1501"), before);
  EXPECT_EQ(run("select count(*), sum(a) from t"), "3000|4500000");
}

TEST_P(Write, an_update_from_a_join_changes_a_row_once) {
  run("create table t as select i as k, 0 as v from range(3) r(i)");
  EXPECT_EQ(run("update t set v = s.v from (values (1, 10), (1, 20), (2, 30)) s(k, v) where t.k = s.k"), "2");
  EXPECT_EQ(run("select count(*) from t"), "3");
  EXPECT_EQ(run("select k, v in (10, 20, 30) from t where v <> 0 order by k"), "1|true\n2|true");
}

TEST_P(Write, returning_gives_new_and_old_rows) {
  run("create table t(a int, b int default 3)");
  EXPECT_EQ(run("insert into t(a) values (1), (2) returning a + 1, b"), "2|3\n3|3");
  EXPECT_EQ(run("update t set b = a * 10 where a = 2 returning *"), "2|20");
  EXPECT_EQ(run("delete from t where b > 10 returning a, b, a + b"), "2|20|22");
  EXPECT_EQ(run("delete from t using (values (1), (1)) s(k) where t.a = s.k returning b, a"), "3|1");
  EXPECT_EQ(run("delete from t returning a"), "");
  EXPECT_EQ(run("select count(*) from t"), "0");
}

TEST_P(Write, merge_does_all_its_actions) {
  run("create table t as select i as k, 'old' as v from range(5) r(i)");
  EXPECT_EQ(run("merge into t using (select i as k, 'new' as v from range(3, 8) r(i)) s on t.k = s.k "
                "when matched and s.k = 4 then delete when matched then update set v = s.v "
                "when not matched and s.k = 7 then do nothing when not matched then insert values (s.k, s.v) "
                "when not matched by source and t.k = 0 then delete when not matched by source then update "
                "set v = 'kept'"),
            "7");
  EXPECT_EQ(run("from t order by k"), "1|kept\n2|kept\n3|new\n5|new\n6|new");
  EXPECT_EQ(
      run("merge into t using (values (1, 'a'), (9, 'b'), (2, 'c')) s(k, v) using (k) when matched and k = 2 "
          "then delete "
          "when matched then update set v = s.v when not matched then insert returning merge_action, k, v")
          .size(),
      std::string("INSERT|9|b\nUPDATE|1|a\nDELETE|2|kept").size());
  EXPECT_EQ(run("from t order by k"), "1|a\n3|new\n5|new\n6|new\n9|b");
}

TEST_P(Write, a_second_match_in_merge_is_an_error) {
  run("create table t as select i as k, 0 as v from range(3) r(i)");
  const std::string merge = "merge into t using (values (1), (1)) s(k) on t.k = s.k when matched then ";
  EXPECT_NE(run(merge + "update set v = 1").find("more than once"), std::string::npos);
  EXPECT_NE(run(merge + "delete").find("more than once"), std::string::npos);
  EXPECT_EQ(run("select count(*), sum(v) from t"), "3|0");
  EXPECT_NE(run("merge into t using (values (1)) s(k) on t.k = s.k when matched then error 'no ' || v")
                .find("no 0"),
            std::string::npos);
}

TEST_P(Write, a_prepared_insert_runs_again_and_again) {
  run("create table t(a int, b varchar)");
  auto prepared = connection_->Prepare("insert into t values (?, ?)");
  for (int i = 0; i < 5; ++i) {
    const auto result = prepared->Execute(i, std::to_string(i));
    ASSERT_FALSE(result->HasError()) << result->GetError();
  }
  EXPECT_EQ(run("select count(*), sum(a) from t"), "5|10");
}

TEST_P(Write, a_list_of_values_is_one_step_on_the_thread_that_asks) {
  using duckdb::PendingExecutionResult;
  run("create table t(a int not null)");
  // what the statement has come to after the first step that this thread takes
  const auto first_step = [&](const std::string& sql) {
    const auto pending = connection_->PendingQuery(sql, false);
    const auto step = pending->ExecuteTask();
    const auto result = pending->HasError() ? nullptr : pending->Execute();
    const bool failed = result == nullptr || result->HasError();
    return std::pair(step, failed ? std::string("error") : result->Fetch()->GetValue(0, 0).ToString());
  };
  EXPECT_EQ(first_step("insert into t values (1), (2)"),
            std::pair(PendingExecutionResult::EXECUTION_FINISHED, std::string("2")));
  EXPECT_EQ(first_step("insert into t values (7) returning a * 2").second, "14");
  EXPECT_EQ(first_step("insert into t values (3), (null)"),
            std::pair(PendingExecutionResult::EXECUTION_ERROR, std::string("error")));
  EXPECT_EQ(run("insert into t values (8) returning *"), "8");
  run("pragma enable_profiling = 'no_output'");  // the engine's way, so that operators are measured
  EXPECT_EQ(first_step("insert into t values (4)").second, "1");
  EXPECT_NE(connection_->GetProfilingInformation().find("1 row"), std::string::npos);
  connection_->DisableProfiling();
  EXPECT_EQ(run("select a from t order by a"), "1\n2\n4\n7\n8");
}

TEST_P(Write, a_list_of_values_that_was_to_stop_stores_nothing) {
  run("create table t(a int)");
  const auto stopped = [&](const std::string& sql) {
    const auto pending = connection_->PendingQuery(sql, false);
    connection_->Interrupt();
    return pending->ExecuteTask() == duckdb::PendingExecutionResult::EXECUTION_ERROR &&
           pending->GetErrorObject().Type() == duckdb::ExceptionType::INTERRUPT;
  };
  EXPECT_TRUE(stopped("insert into t values (1)"));
  EXPECT_TRUE(stopped("insert into t values (2), (3) returning *"));
  EXPECT_EQ(run("select count(*) from t"), "0");
  run("begin");
  EXPECT_EQ(run("insert into t values (4)"), "1");
  EXPECT_TRUE(stopped("insert into t values (5)"));
  run("commit");  // nothing but a rollback is left of it
  EXPECT_EQ(run("select count(*) from t"), "0");
  EXPECT_EQ(run("insert into t values (6) returning *"), "6");
}

TEST_P(Write, a_stop_between_two_values_of_a_list_is_seen) {
  run("create table t(a int)");
  int calls = 0;
  duckdb::ScalarFunction counted(
      "counted", {}, duckdb::LogicalType::INTEGER,
      [&](duckdb::DataChunk& /*rows*/, duckdb::ExpressionState& /*state*/, duckdb::Vector& result) {
        if (++calls == 2) connection_->Interrupt();
        result.SetValue(0, duckdb::Value::INTEGER(calls));
      });
  counted.SetVolatile();
  duckdb::ExtensionLoader(*instance_.database->instance, "test").RegisterFunction(std::move(counted));
  const auto result = connection_->Query("insert into t values (counted()), (counted()), (counted())");
  EXPECT_EQ(result->GetErrorType(), duckdb::ExceptionType::INTERRUPT) << result->GetError();
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(run("select count(*) from t"), "0");
}

TEST_P(Write, lists_of_values_are_inserted_once_whatever_they_are_made_of) {
  run("create table t(a int, b varchar default 'd' check (b <> 'bad'), c double default random())");
  run("prepare two as insert into t(a, b) values ($1, $2), ($1 + 1, upper($2))");
  EXPECT_EQ(run("execute two(1, 'x')"), "2");
  EXPECT_EQ(run("execute two(3, 'y')"), "2");
  EXPECT_EQ(run("insert into t select 5, 'z', 0.5"), "1");
  EXPECT_EQ(run("insert into t values ((select max(a) + 1 from t), 'sub', 0), (7, default, 0)"), "2");
  EXPECT_EQ(run("insert into t select 8, 'none', 0 where 1 = 0"), "0");
  EXPECT_EQ(run("insert into t(a, b) values (8, 'r'), (9, null) returning a + 1, b"), "9|r\n10|NULL");
  EXPECT_EQ(run("explain analyze insert into t(a) values (10)").substr(0, 5), "analy");
  EXPECT_EQ(run("select a, b from t order by a"), "1|x\n2|X\n3|y\n4|Y\n5|z\n6|sub\n7|d\n8|r\n9|NULL\n10|d");
  EXPECT_EQ(run("select count(distinct c) from t where c not in (0, 0.5)"), "7");
  EXPECT_NE(run("insert into t(a, b) values (11, 'fine'), (12, 'bad')").find("CHECK"), std::string::npos);
  EXPECT_NE(run("execute two('no number', 'x')").find("error"), std::string::npos);
  EXPECT_NE(run("insert into t(a) values (11), (error('stop')::int)").find("stop"), std::string::npos);
  EXPECT_EQ(run("begin; insert into t(a) values (11); insert into t(a) values (12); rollback"), "");
  EXPECT_EQ(run("select count(*), max(a) from t"), "10|10");
}

TEST_P(Write, every_type_comes_back_as_it_went_in) {
  const auto all = connection_->Query("select * from test_all_types()");
  for (std::size_t i = 0; i < all->names.size(); ++i) {
    const std::string column = "\"" + all->names[i] + "\"";
    for (const std::string& shape :
         {column, "[" + column + ", null]", "{'a': " + column + ", 'b': [" + column + "]}",
          "array_value(" + column + ", null)",
          "case when " + column + " is null then null else map {1: " + column + "} end"}) {
      SCOPED_TRACE(shape);
      const auto expected = connection_->Query("select " + shape + " as v from test_all_types()");
      ASSERT_FALSE(expected->HasError()) << expected->GetError();
      const std::string made =
          run("create or replace table t as select " + shape + " as v from test_all_types()");
      ASSERT_EQ(made, "3");
      const auto stored = connection_->Query("select v from t");
      ASSERT_FALSE(stored->HasError()) << stored->GetError();
      ASSERT_EQ(stored->RowCount(), 3U);
      EXPECT_EQ(stored->types[0].ToString(), expected->types[0].ToString());
      for (duckdb::idx_t r = 0; r < 3; ++r) {
        EXPECT_TRUE(duckdb::Value::NotDistinctFrom(expected->GetValue(0, r), stored->GetValue(0, r)))
            << expected->GetValue(0, r).ToString() << " came back as " << stored->GetValue(0, r).ToString();
      }
    }
  }
}

TEST_P(Write, a_transaction_spans_tables_and_its_own_definitions) {
  run("begin");
  run("create table t(a int)");
  run("insert into t select * from range(100)");
  run("create table u as select a * 2 as d from t where a < 50");
  run("update u set d = d + 1");
  EXPECT_EQ(run("select sum(d) from u"), "2500");
  EXPECT_EQ(run("commit"), "");
  reopen();
  EXPECT_EQ(run("select (select count(*) from t), (select sum(d) from u)"), "100|2500");
}

TEST_P(Write, concurrent_deletes_of_one_row_conflict_and_appends_do_not) {
  run("create table t as select i from range(10) r(i)");
  const auto other = another();
  run("begin");
  run_on(*other, "begin");
  EXPECT_EQ(run("insert into t values (10)"), "1");
  EXPECT_EQ(run_on(*other, "insert into t values (11)"), "1");
  EXPECT_EQ(run("commit"), "");
  EXPECT_EQ(run_on(*other, "commit"), "");
  run("begin");
  run_on(*other, "begin");
  EXPECT_EQ(run("delete from t where i = 3"), "1");
  EXPECT_EQ(run_on(*other, "update t set i = 30 where i = 3"), "1");
  EXPECT_EQ(run("commit"), "");
  EXPECT_NE(run_on(*other, "commit").find("error"), std::string::npos);
  EXPECT_EQ(run("select count(*), max(i) from t"), "11|11");
}

/// Files as they are written by default.
class WrittenFiles : public WriteFixture {
 protected:
  static TableOptions small_files() {
    TableOptions options;
    options.file_bytes_target = 200000;
    options.row_group_rows = 4096;
    return options;
  }
  WrittenFiles() : WriteFixture(small_files()) {}
};

TEST_F(WrittenFiles, a_read_that_ends_too_early_changes_no_row) {
  run("create table t as select i, 'v' || i as v from range(30000) r(i)");
  const std::string whole = run("select count(*), sum(i), count(distinct v), max(v) from t");
  std::uint64_t reads = 1;
  for (std::uint64_t k = 0; k < reads; ++k) {
    const std::uint64_t before = files_.faults().count(sim::Operation::kRead);
    files_.faults().add({.operation = sim::Operation::kRead,
                         .skip = k,
                         .path_part = ".parquet",
                         .effect = sim::FaultEffect::kShortRead});
    EXPECT_EQ(run("select count(*), sum(i), count(distinct v), max(v) from t"), whole) << "short read " << k;
    reads = std::max(reads, files_.faults().count(sim::Operation::kRead) - before);
    files_.faults().clear();
  }
  EXPECT_GT(reads, 2U);
}

TEST_F(WrittenFiles, rotate_and_carry_statistics) {
  EXPECT_EQ(
      run("create table t as select i as a, 'text ' || i as b, case when i % 2 = 0 then i / 2.0 end as c,"
          " case when i = 77 then 'nan'::double else i end as d from range(200000) r(i)"),
      "200000");
  const auto t = table("t");
  EXPECT_GT(t->files->size(), 2U);
  std::uint64_t rows = 0;
  for (const auto& file : *t->files) {
    rows += file->row_count;
    EXPECT_GT(file->bytes, 0U);
    EXPECT_GT(file->footer_bytes, 0U);
    const auto a = file->stats.find(1);
    ASSERT_TRUE(a && a->lower && a->upper);
    EXPECT_EQ(a->value_count, static_cast<std::int64_t>(file->row_count));
    EXPECT_EQ(a->null_count, 0);
    EXPECT_LE(file->stats.find(2)->upper->size(), 16U);
    EXPECT_EQ(file->stats.find(3)->nan_count, 0);
    EXPECT_EQ(file->stats.find(4)->nan_count, -1);
    const auto stat = files_.stat(os::join_path(directory_, file->path));
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->bytes, file->bytes);
  }
  EXPECT_EQ(rows, 200000U);
  EXPECT_EQ(run("select count(*), sum(a) from t where a between 100 and 199"), "100|14950");
  EXPECT_EQ(run("select count(*) from t where d > 199998"), "2");
}

TEST_F(WrittenFiles, are_compressed_with_zstd) {
  run("create table t as select i as a, 'text ' || i as b from range(20000) r(i)");
  const std::string path = os::join_path(directory_, table("t")->files->front()->path);
  EXPECT_EQ(run("select distinct compression from parquet_metadata('" + path + "')"), "ZSTD");
}

TEST_F(WrittenFiles, a_failed_statement_removes_its_files) {
  run("create table t(a int check (a < 150000))");
  EXPECT_NE(run("insert into t select * from range(200000)").find("CHECK"), std::string::npos);
  const auto left = files_.list(os::join_path(directory_, table("t")->location + "/data"));
  EXPECT_TRUE(!left || left->empty());
  EXPECT_EQ(run("select count(*) from t"), "0");
}

TEST_F(WrittenFiles, few_rows_stay_inline_and_many_do_not) {
  run("create table t(a int)");
  run("insert into t select * from range(10000)");
  EXPECT_EQ(table("t")->files->size(), 0U);
  EXPECT_EQ(table("t")->segment_rows, 10000U);
  run("insert into t select * from range(10001)");
  EXPECT_GE(table("t")->files->size(), 1U);
  EXPECT_EQ(table("t")->segment_rows, 10000U);
  run("create table w as select repeat('x', 200000) as b from range(20)");
  EXPECT_EQ(table("w")->segment_rows, 0U);
  EXPECT_EQ(run("select count(*), sum(length(b)) from w"), "20|4000000");
}

TEST_F(WrittenFiles, a_file_whose_sync_failed_is_never_used) {
  run("create table t(a int)");
  for (const auto operation : {sim::Operation::kSync, sim::Operation::kSyncDirectory}) {
    files_.faults().add(
        {operation, 0, 1, operation == sim::Operation::kSync ? ".parquet" : "/data", ErrorCode::kIo});
    EXPECT_NE(run("insert into t select * from range(20000)").find("error"), std::string::npos);
    EXPECT_EQ(run("select count(*) from t"), "0");
    EXPECT_EQ(run("insert into t select * from range(20000)"), "20000");
    EXPECT_EQ(run("truncate t"), "20000");
  }
  run("insert into t select * from range(20000)");
  reopen();
  EXPECT_EQ(run("select count(*) from t"), "20000");
}

TEST_F(WrittenFiles, a_full_disk_fails_the_statement_only) {
  run("create table t(a int)");
  files_.faults().add({sim::Operation::kWrite, 1, 1000, ".parquet", ErrorCode::kResourceExhausted});
  EXPECT_NE(run("insert into t select * from range(200000)").find("error"), std::string::npos);
  files_.faults().clear();
  EXPECT_EQ(run("insert into t values (1)"), "1");
  EXPECT_EQ(run("from t"), "1");
}

TEST_F(WrittenFiles, each_holds_one_partition_in_sort_order) {
  run("create table t(i bigint, g varchar, ts timestamp, v double) partitioned by (g, day(ts)) sorted by (v, "
      "i)");
  EXPECT_EQ(run("alter table t set sorted by (v desc, i)"), "");
  EXPECT_EQ(run("insert into t select i, case when i % 4 = 0 then null else 'g' || (i % 4) end,"
                " timestamp '1969-12-30 12:00:00' + interval (i % 5) day, i % 97 from range(30000) r(i)"),
            "30000");
  const auto t = table("t");
  EXPECT_EQ(t->files->size(), 20U);
  for (const auto& file : *t->files) {
    EXPECT_EQ(file->partition.size(), 2U);
    EXPECT_EQ(file->spec_id, t->spec_id);
    EXPECT_EQ(file->order_id, t->order_id);
    EXPECT_NE(file->order_id, 0);
  }
  EXPECT_EQ(run("select max(n) from (select count(distinct (g, ts::date)) n from t group by filename)"), "1");
  EXPECT_EQ(run("select count(*) from (select v, i, lag(v) over w as pv, lag(i) over w as pi from t "
                "window w as (partition by filename order by file_row_number)) where pv < v or (pv = v and "
                "pi > i)"),
            "0");
  EXPECT_EQ(run("select count(*), sum(i) from t where ts < '1970-01-01' and g = 'g1'"),
            run("select count(*), sum(i) from range(30000) r(i) where i % 5 < 2 and i % 4 = 1"));
  EXPECT_EQ(run("update t set g = 'new' where g is null"), "7500");
  EXPECT_EQ(run("delete from t where g = 'g2'"), "7500");
  reopen();
  EXPECT_EQ(run("select count(*), count(distinct g), count(distinct _row_id) from t"), "22500|3|22500");
}

TEST_F(WrittenFiles, of_many_partitions_are_open_one_at_a_time) {
  run("create table t(p bigint, v bigint) partitioned by (p)");
  auto& open = metrics_.gauge("dplake_data_files_open", "");
  UpkeepConnection connection(*must(engine_->instance()).database);
  auto& context = connection.context();
  duckdb::ThreadContext thread(context);
  duckdb::ExecutionContext execution(context, thread, nullptr);
  SortedWriter writer(context, *lake_, table("t"), false);
  const auto rows = writer.rows(execution);
  duckdb::DataChunk chunk;
  chunk.Initialize(context, {duckdb::LogicalType::BIGINT, duckdb::LogicalType::BIGINT});
  for (std::int64_t i = 0; i < 50000; i += 1000) {
    chunk.Reset();
    for (std::int64_t n = 0; n < 1000; ++n) {
      chunk.SetValue(0, n, duckdb::Value::BIGINT((i + n) % 500));
      chunk.SetValue(1, n, duckdb::Value::BIGINT(i + n));
    }
    chunk.SetCardinality(1000);
    writer.append(execution, *rows, chunk);
  }
  writer.combine(execution, *rows);
  std::int64_t most = 0;
  const auto files = writer.finish(execution, [&] { most = std::max(most, open.value()); });
  EXPECT_EQ(files.size(), 500U);
  EXPECT_EQ(most, 1);
  EXPECT_EQ(open.value(), 0);
  EXPECT_EQ(metrics_.counter("dplake_sorted_writes_total", "").value(), 1U);
}

TEST_F(WrittenFiles, more_partitions_than_open_files_are_no_matter) {
  run("create table t(i bigint) partitioned by (bucket(200, i))");
  EXPECT_EQ(run("insert into t select * from range(40000)"), "40000");
  EXPECT_EQ(table("t")->files->size(), 200U);
  EXPECT_EQ(run("select count(*), sum(i) from t"), "40000|799980000");
  EXPECT_EQ(run("select count(*) from t where i = 12345"), "1");
}

/// With the bounds as they are for users.
class Placement : public WriteFixture {
 protected:
  Placement() : WriteFixture(TableOptions{}) {}
  void make_wide_table() {
    std::string columns;
    for (int i = 0; i < 300; ++i) columns += (i == 0 ? "c" : ", c") + std::to_string(i) + " bigint";
    EXPECT_EQ(run("create table t(" + columns + ")"), "");
  }
};

TEST_F(Placement, one_row_of_many_columns_goes_inline) {
  make_wide_table();
  EXPECT_EQ(run("insert into t(c0, c299) values (1, 2)"), "1");
  EXPECT_TRUE(table("t")->files->empty());
  EXPECT_EQ(table("t")->segment_rows, 1U);
  EXPECT_EQ(run("select c0, c1, c299 from t"), "1|NULL|2");
}

TEST_F(Placement, statements_that_are_large_together_go_to_a_file) {
  make_wide_table();
  run("begin");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(run("insert into t(c0) select * from range(300)"), "300");
  EXPECT_EQ(run("commit"), "");
  EXPECT_EQ(table("t")->files->size(), 1U);
  EXPECT_EQ(table("t")->segment_rows, 0U);
  EXPECT_EQ(run("select count(*), sum(c0) from t"), "900|134550");
}

}  // namespace
}  // namespace lake::tables
