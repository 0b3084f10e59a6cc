#include "lake/ingest/checked_import.hpp"

#include <gmock/gmock.h>

#include <utility>

#include "lake/ingest/rule_store.hpp"
#include "plain_session.hpp"
#include "scratch_directory.hpp"

namespace lake::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using validate::Level;

class CheckedImport : public ScratchDirectory {
 protected:
  CheckedImportReport import(const CheckedImportRequest& request) {
    auto report = import_checked(session_, request);
    EXPECT_TRUE(report.has_value()) << report.error().message();
    return report ? *report : CheckedImportReport{};
  }
  CheckedImportRequest request(const std::string& name, FileFormat format, const std::string& bytes) {
    CheckedImportRequest made;
    made.file.path = write(name, bytes);
    made.file.format = format;
    made.source = name;
    made.table = {"main", "t"};
    return made;
  }
  void put(const std::string& json) {
    const auto set = validate::parse_rule_set(json);
    ASSERT_TRUE(set.has_value()) << set.error().message();
    const auto stored = RuleStore(session_).put(*set);
    ASSERT_TRUE(stored.has_value()) << stored.error().message();
  }
  /// Whether a value keeps the rules of a field, each alone: the names of those it breaks.
  std::string broken(const std::string& field, const std::string& value, Level level = Level::kStrict) {
    const auto set = validate::parse_rule_set(R"({"name": "s", "fields": {"v": )" + field + "}}");
    EXPECT_TRUE(set.has_value()) << set.error().message();
    if (!set) return {};
    const validate::ResolvedRules rules{"s", level, set->rules};
    SourceFile file;
    file.path = write("v.ndjson", R"({"v": )" + value + "}\n");
    file.format = FileFormat::kNdjson;
    const auto report = check_records(session_, file, rules, false);
    EXPECT_TRUE(report.has_value()) << report.error().message();
    std::string names;
    if (report) {
      for (const auto& violation : report->violations) names += (names.empty() ? "" : " ") + violation.rule;
    }
    return names;
  }
  PlainSession session_;
};

TEST_F(CheckedImport, GoodRecordsAreStoredAndBadOnesKeptWithTheirBytes) {
  put(R"({"name": "people", "fields": {"id": {"type": "integer", "required": true, "unique": true},
          "age": {"type": "integer", "min": 0, "max": 150}, "mail": {"type": "string", "format": "email"}}})");
  auto one = request("people.ndjson", FileFormat::kNdjson,
                     "{\"id\": 1, \"age\": 30, \"mail\": \"a@b.org\"}\n"
                     "{\"id\": 2, \"age\": -4, \"mail\": \"nobody\"}\n"
                     "not json\n"
                     "[1]\n"
                     "{\"id\": 1, \"age\": 31}\n"
                     "{\"age\": 9007199254740993}\n"
                     "{\"id\": 7, \"age\": null, \"mail\": null}\n");
  one.rule_set = "people";
  const auto report = import(one);
  EXPECT_EQ(session_.rows("SELECT id, age, mail FROM t ORDER BY id"), "1|30|a@b.org 7|NULL|NULL");
  EXPECT_EQ(report.rows_stored, 2U);
  EXPECT_EQ(report.rows_refused, 5U);
  EXPECT_EQ(report.validation.records, 7U);
  EXPECT_EQ(
      session_.rows(
          "SELECT position, raw, is_record FROM ingest.dead_letter WHERE NOT is_record ORDER BY position"),
      "3|not json|false 4|[1]|false");
  EXPECT_EQ(session_.rows("SELECT position, reason FROM ingest.dead_letter WHERE position = 2"),
            "2|age must be at least 0 and at most 150, and is -4");
  EXPECT_EQ(session_.rows("SELECT violations->>'$[*].rule' FROM ingest.dead_letter WHERE position = 2"),
            "[age.range, mail.format]");
  EXPECT_EQ(session_.rows("SELECT records, stored, refused, rule_set FROM ingest.run"), "7|2|5|people");
  EXPECT_EQ(report.validation.counts.at("record"), 2U);
  EXPECT_EQ(report.validation.counts.at("id.unique"), 1U);
  EXPECT_EQ(report.validation.counts.at("id.required"), 1U);
}

TEST_F(CheckedImport, NothingIsStoredOfAFileThatChangedWhileItWasRead) {
  auto one = request("a.csv", FileFormat::kCsv, "n\n1\n2\n");
  one.run_id = "r";
  one.has_stood = [&]() -> Status { return Error(ErrorCode::kUnavailable, "it grew"); };
  const auto refused = import_checked(session_, one);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(session_.rows("FROM t"), HasSubstr("does not exist"));
  one.has_stood = {};
  EXPECT_EQ(import(one).rows_stored, 2U);
}

TEST_F(CheckedImport, RowsAreStoredInBatchesOfOneTransaction) {
  auto one = request("a.csv", FileFormat::kCsv, "n\n1\n2\n3\n4\n5\n6\n");
  one.batch_rows = 2;
  EXPECT_EQ(import(one).rows_stored, 6U);
  one.batch_rows = 4;
  one.file.path = write("b.csv", "n\n7\nx\n8\n9\n10\n11\n");
  EXPECT_EQ(import(one).rows_stored, 5U);
  EXPECT_EQ(session_.rows("SELECT n FROM t ORDER BY n"), "1 2 3 4 5 6 7 8 9 10 11");
}

TEST_F(CheckedImport, MoreRecordsThanAllowedAreRefused) {
  auto one = request("a.csv", FileFormat::kCsv, "n\n1\n2\n3\n");
  one.records_max = 2;
  EXPECT_EQ(import_checked(session_, one).error().code(), ErrorCode::kResourceExhausted);
  one.records_max = 3;
  EXPECT_EQ(import(one).rows_stored, 3U);
}

TEST_F(CheckedImport, WhatWasInferredOfANewTableIsKept) {
  const auto report =
      import(request("a.json", FileFormat::kJson,
                     R"([{"id": 1, "at": "2026-01-02T03:04:05Z", "ip": "10.0.0.1", "ok": true, "lon": 13.4},
                                         {"id": 2, "at": null, "ip": "fe80::1", "ok": false, "lon": 181.0},
                                         {"id": 2, "at": null, "ip": "fe80::2", "ok": true, "lon": 1.0}])"));
  std::string told;
  for (const auto& column : report.columns)
    told += column.name + " " + column.semantic_type + (column.nulls > 0 ? " null" : "") +
            (column.is_key == true ? " key" : "") + ", ";
  EXPECT_EQ(told, "id number, at time null, ip ip key, ok flag, lon number key, ");
  EXPECT_EQ(session_.rows("SELECT column_name, is_nullable, is_key FROM ingest.table_column WHERE position < "
                          "3 ORDER BY position"),
            "id|false|false at|true|false");
  EXPECT_EQ(session_.rows("SELECT source, target, row_count FROM ingest.lineage"), "a.json|t|3");
}

TEST_F(CheckedImport, WhatTheTableAsksHoldsAtEveryLevel) {
  session_.rows("CREATE TABLE t (City VARCHAR NOT NULL, n TINYINT, since TIMESTAMP, tags VARCHAR[])");
  auto one = request("t.json", FileFormat::kJson,
                     R"([{"city": "Oslo", "n": 1, "since": "2026-01-01 10:00:00", "tags": ["a", "b"]},
                         {"city": null, "n": 2}, {"city": "Rome", "n": 300}, {"city": "Bern", "n": 2.7},
                         {"city": "Graz", "since": "soon"}, {"city": "Linz", "colour": "red"}])");
  one.mode = TableMode::kAppend;
  one.level = Level::kAudit;
  const auto report = import(one);
  EXPECT_EQ(session_.rows("FROM t"), "Oslo|1|2026-01-01 10:00:00|[a, b]");
  EXPECT_EQ(
      session_.rows(
          "SELECT position, violations[0].rule FROM (SELECT position, violations::JSON AS violations FROM "
          "ingest.dead_letter) ORDER BY 1"),
      session_.rows(
          "VALUES (2, '\"table.City.required\"'), (3, '\"table.n.type\"'), (4, '\"table.n.type\"'), "
          "(5, '\"table.since.type\"'), (6, '\"table.members\"')"));
  EXPECT_EQ(report.rows_stored, 1U);
}

TEST_F(CheckedImport, CsvHasTextsThatAreReadAsTheirTypes) {
  put(R"({"name": "s", "fields": {"n": {"type": "integer", "max": 10}, "day": {"type": "date"}}})");
  auto one = request("a.csv", FileFormat::kCsv,
                     "n,day,word\n1,2026-01-02,x\n11,2026-01-02,y\n2.7,2026-01-02,z\n3,,\n");
  one.rule_set = "s";
  import(one);
  EXPECT_EQ(session_.rows("FROM t"), "1|2026-01-02|x 3|NULL|NULL");
  EXPECT_EQ(session_.rows("SELECT typeof(n), typeof(day), typeof(word) FROM t LIMIT 1"),
            "BIGINT|DATE|VARCHAR");
  EXPECT_EQ(session_.rows("SELECT count(*) FROM ingest.dead_letter WHERE has_texts_only"), "2");
}

TEST_F(CheckedImport, ALineOfCsvThatIsNoRowIsADeadLetterWithItsLine) {
  import(request("a.csv", FileFormat::kCsv, "n,word\n1,x\n2,y,too,many\n3,z\n"));
  EXPECT_EQ(session_.rows("SELECT n FROM t"), "1 3");
  EXPECT_EQ(session_.rows("SELECT position, raw, is_record FROM ingest.dead_letter"), "3|2,y,too,many|false");
}

TEST_F(CheckedImport, LenientStoresWhatBreaksRulesAndConverts) {
  put(R"({"name": "s", "level": "lenient", "fields": {"n": {"type": "integer", "max": 10}}})");
  auto one = request("a.ndjson", FileFormat::kNdjson, "{\"n\": \"12\"}\n{\"n\": 3}\n{\"n\": \"many\"}\n");
  one.rule_set = "s";
  const auto report = import(one);
  EXPECT_EQ(session_.rows("FROM t"), "12 3");
  EXPECT_EQ(report.validation.refused, 1U);
  EXPECT_EQ(report.validation.violations.at(0).severity, validate::Severity::kWarning);
  EXPECT_EQ(report.validation.violations.at(0).message, "n must be at most 10, and is 12");
}

TEST_F(CheckedImport, DeadLettersAreReplayedAfterTheRulesChange) {
  put(R"({"name": "s", "fields": {"n": {"type": "integer", "max": 10}}})");
  auto one = request("a.ndjson", FileFormat::kNdjson, "{\"n\": 1}\n{\"n\": 12}\n{\"n\": 99}\nbroken\n");
  one.rule_set = "s";
  const auto first = import(one);
  put(R"({"name": "s", "fields": {"n": {"type": "integer", "max": 50}}})");
  ReplayRequest again;
  again.table = {"main", "t"};
  again.rule_set = "s";
  const auto report = replay_dead_letters(session_, again);
  ASSERT_TRUE(report.has_value()) << report.error().message();
  EXPECT_EQ(session_.rows("SELECT n FROM t ORDER BY n"), "1 12");
  EXPECT_EQ(report->rows_stored, 1U);
  EXPECT_EQ(report->rows_refused, 1U);
  // The old ones say which run tried them again; what was no record waits for a correction.
  EXPECT_EQ(session_.rows("SELECT raw, replayed_run IS NOT NULL FROM ingest.dead_letter WHERE run_id = '" +
                          first.run_id + "' ORDER BY position"),
            "{\"n\": 12}|true {\"n\": 99}|true broken|false");
  const auto nothing = replay_dead_letters(session_, again);
  EXPECT_EQ(nothing->rows_stored, 0U);
  EXPECT_EQ(session_.rows("SELECT count(*) FROM ingest.dead_letter WHERE replayed_run IS NULL"), "2");
}

/// Another who makes the table between the look at it and the store, once.
class Race final : public query::Session {
 public:
  explicit Race(PlainSession& session) : session_(session) {}
  Result<TextResult> run_text(const std::string& sql, const query::Parameters& parameters,
                              const query::RequestOptions& options) override {
    if (sql.starts_with("CREATE TEMP TABLE ingest_checked") && !std::exchange(is_lost_, true))
      session_.rows("CREATE TABLE t AS SELECT 7::BIGINT AS n");
    auto done = session_.run_text(sql, parameters, options);
    if (!done && done.error().message().find("already exists") != std::string::npos)
      return Error(ErrorCode::kAlreadyExists, done.error().message());
    return done;
  }
  Result<std::vector<StatementText>> split(const std::string& script) override {
    return session_.split(script);
  }
  Result<std::unique_ptr<query::ResultStream>> run(const std::string& sql,
                                                   const query::Parameters& parameters,
                                                   const query::RequestOptions& options) override {
    return session_.run(sql, parameters, options);
  }
  void cancel() override { session_.cancel(); }
  [[nodiscard]] query::Progress progress() const override { return session_.progress(); }
  [[nodiscard]] bool in_transaction() const override { return session_.in_transaction(); }
  std::vector<std::string> complete(const std::string& sql, std::size_t position) override {
    return session_.complete(sql, position);
  }

 private:
  PlainSession& session_;
  bool is_lost_ = false;
};

TEST_F(CheckedImport, ATableMadeMeanwhileIsAddedToAndNotReplaced) {
  Race race(session_);
  const auto report = import_checked(race, request("a.ndjson", FileFormat::kNdjson, "{\"n\": 1}\n"));
  ASSERT_TRUE(report.has_value()) << report.error().message();
  EXPECT_EQ(report->rows_stored, 1U);
  EXPECT_EQ(session_.rows("SELECT n FROM t ORDER BY n"), "1 7");
  EXPECT_EQ(session_.rows("SELECT count(*) FROM ingest.run"), "1");
}

TEST_F(CheckedImport, NothingIsKeptOfAnImportThatFails) {
  auto one = request("a.ndjson", FileFormat::kNdjson, "{\"n\": 1}\n");
  one.mode = TableMode::kAppend;
  EXPECT_EQ(import_checked(session_, one).error().code(), ErrorCode::kNotFound);
  one.rule_set = "nobody";
  EXPECT_THAT(import_checked(session_, one).error().message(), HasSubstr("there is none yet"));
  EXPECT_THAT(session_.rows("FROM ingest.run"), HasSubstr("does not exist"));
}

TEST_F(CheckedImport, PlacesInListsAreTold) {
  put(R"({"name": "s", "fields": {"items[*].price": {"required": true, "min": 0}}})");
  auto one = request("a.ndjson", FileFormat::kNdjson,
                     "{\"items\": [{\"price\": 1}, {\"price\": -1}, {}]}\n{\"items\": []}\n{\"other\": 1}\n");
  one.rule_set = "s";
  const auto report = import(one);
  std::vector<std::string> places;
  for (const auto& violation : report.validation.violations) places.push_back(violation.path);
  EXPECT_THAT(places, testing::UnorderedElementsAre("items[1].price", "items[2].price"));
}

TEST_F(CheckedImport, ReferencesAndExpressionsLookAcross) {
  session_.rows("CREATE TABLE known AS SELECT 'EUR' AS code UNION ALL SELECT 'NOK'");
  put(R"({"name": "s", "fields": {"currency": {"reference": "main.known.code"}, "a": {"type": "integer"},
          "b": {"type": "integer"}}, "rules": [{"name": "order", "kind": "expression", "expression": "a <= b"}]})");
  auto one =
      request("a.ndjson", FileFormat::kNdjson,
              "{\"currency\": \"EUR\", \"a\": 1, \"b\": 2}\n{\"currency\": \"ZZZ\", \"a\": 1, \"b\": 2}\n"
              "{\"currency\": \"NOK\", \"a\": 3, \"b\": 2}\n{\"a\": 3}\n");
  one.rule_set = "s";
  const auto report = import(one);
  EXPECT_EQ(report.rows_stored, 2U);
  EXPECT_EQ(report.validation.violations.at(0).message,
            "currency must be a value of main.known.code, and is ZZZ");
  EXPECT_EQ(report.validation.violations.at(1).rule, "order");
}

TEST_F(CheckedImport, AThousandBadRecordsAreCountedAndListedUpToABound) {
  put(R"({"name": "s", "fields": {"n": {"max": 0}}})");
  std::string bytes;
  for (int i = 1; i <= 1500; ++i) bytes += "{\"n\": " + std::to_string(i) + "}\n";
  auto one = request("a.ndjson", FileFormat::kNdjson, bytes);
  one.rule_set = "s";
  const auto report = import(one);
  EXPECT_EQ(report.validation.violations.size(), validate::Report::kViolationsMax);
  EXPECT_EQ(report.validation.counts.at("n.range"), 1500U);
  EXPECT_EQ(session_.rows("SELECT count(*) FROM ingest.dead_letter"), "1500");
}

TEST_F(CheckedImport, TypesAreExactAtStrictAndConvertedAtLenient) {
  struct Case {
    const char* type;
    const char* value;
    bool strict;
    bool lenient;
  };
  for (const auto& [type, value, strict, lenient] :
       std::initializer_list<Case>{{"integer", "1", true, true},
                                   {"integer", "\"1\"", false, true},
                                   {"integer", "1.5", false, false},
                                   {"integer", "\"1.5\"", false, false},
                                   {"integer", "true", false, false},
                                   {"number", "1.5", true, true},
                                   {"number", "\"1e3\"", false, true},
                                   {"number", "[1]", false, false},
                                   {"string", "\"x\"", true, true},
                                   {"string", "1", false, true},
                                   {"string", "{}", false, false},
                                   {"boolean", "true", true, true},
                                   {"boolean", "\"false\"", false, true},
                                   {"boolean", "\"x\"", false, false},
                                   {"object", "{\"a\": 1}", true, true},
                                   {"object", "[]", false, false},
                                   {"array", "[]", true, true},
                                   {"date", "\"2026-02-28\"", true, true},
                                   {"date", "\"2026-02-30\"", false, false},
                                   {"timestamp", "\"2026-01-01T00:00:00Z\"", true, true},
                                   {"uuid", "\"x\"", false, false},
                                   {"DECIMAL(4,2)", "12.34", true, true},
                                   {"DECIMAL(4,2)", "123.4", false, false},
                                   {"SMALLINT", "70000", false, false},
                                   {"integer", "null", true, true}}) {
    const std::string field = std::string(R"({"type": ")") + type + "\"}";
    EXPECT_EQ(broken(field, value).empty(), strict) << type << " strict " << value;
    EXPECT_EQ(broken(field, value, Level::kLenient).empty(), lenient) << type << " lenient " << value;
  }
}

TEST_F(CheckedImport, FormatsAreWhatTheyAreCalled) {
  struct Case {
    const char* format;
    const char* value;
    bool is_good;
  };
  for (const auto& [format, value, is_good] :
       std::initializer_list<Case>{{"date", "2026-02-28", true},
                                   {"date", "2026-02-30", false},
                                   {"date", "28.2.2026", false},
                                   {"time", "23:59:59.5Z", true},
                                   {"timestamp", "2026-01-01T10:00:00+02:00", true},
                                   {"timestamp", "2026-01-01", false},
                                   {"email", "o'neil+x@mail.example.org", true},
                                   {"email", "a@b", false},
                                   {"email", "a b@c.de", false},
                                   {"uri", "https://example.org/x?y=1#z", true},
                                   {"uri", "no scheme", false},
                                   {"uuid", "123e4567-e89b-12d3-a456-426614174000", true},
                                   {"uuid", "123e4567", false},
                                   {"ip", "192.168.0.255", true},
                                   {"ip", "192.168.0.256", false},
                                   {"ip", "::1", true},
                                   {"ip", "2001:db8::8a2e:370:7334", true},
                                   {"ip", "1:2:3:4:5:6:7:8", true},
                                   {"ip", "1:2:3:4:5:6:7::8", false},
                                   {"ip", "1:2:3:4:5:6:7:8:9", false},
                                   {"ip", "1::2::3", false},
                                   {"ip", "::ffff:192.0.2.1", true},
                                   {"ip", "1:2:3:4:5:6:192.0.2.1", true},
                                   {"ip", ":::", false},
                                   {"ipv4", "::1", false},
                                   {"hostname", "a-b.example", true},
                                   {"hostname", "-a.example", false},
                                   {"json", "{\\\"a\\\": 1}", true},
                                   {"json", "{a", false}}) {
    const std::string field = std::string(R"({"format": ")") + format + "\"}";
    EXPECT_EQ(broken(field, "\"" + std::string(value) + "\"").empty(), is_good) << format << " " << value;
  }
  const std::string geojson = R"({"format": "geojson"})";
  EXPECT_EQ(broken(geojson, R"({"type": "Point", "coordinates": [1, 2]})"), "");
  EXPECT_EQ(broken(geojson, R"({"type": "Feature", "geometry": null, "properties": {}})"), "");
  EXPECT_EQ(broken(geojson, R"({"type": "Pint", "coordinates": [1, 2]})"), "v.format");
  EXPECT_EQ(broken(geojson, R"("Point")"), "v.format");
  const std::string vector = R"({"format": "vector", "dimension": 3})";
  EXPECT_EQ(broken(vector, "[1, 2.5, 3]"), "");
  EXPECT_EQ(broken(vector, "[1, 2]"), "v.format");
  EXPECT_EQ(broken(vector, "[1, 2, \"x\"]"), "v.format");
}

TEST_F(CheckedImport, ConstraintsHoldAtTheirEdges) {
  EXPECT_EQ(broken(R"({"min": 1, "max": 3})", "1"), "");
  EXPECT_EQ(broken(R"({"exclusive_min": 1})", "1"), "v.range");
  EXPECT_EQ(broken(R"({"max": 9007199254740992})", "9007199254740993"), "v.range");
  EXPECT_EQ(broken(R"({"max": 0.1})", "0.1"), "");
  EXPECT_EQ(broken(R"({"min": "2026-01-01"})", "\"2025-12-31T23:59:59Z\""), "v.range");
  EXPECT_EQ(broken(R"({"min": 1})", "\"x\""), "v.range");
  EXPECT_EQ(broken(R"({"min_length": 2, "max_length": 3})", "\"äöü\""), "");
  EXPECT_EQ(broken(R"({"min_length": 2})", "[1]"), "v.length");
  EXPECT_EQ(broken(R"({"pattern": "^it's$"})", "\"it's\""), "");
  EXPECT_EQ(broken(R"({"enum": ["a", 1, true]})", "1"), "");
  EXPECT_EQ(broken(R"({"enum": ["a", 1, true]})", "\"b\""), "v.enum");
  EXPECT_EQ(broken(R"({"required": true})", "null"), "v.required");
}

TEST_F(CheckedImport, RuleSetsAreKeptAndProtected) {
  put(R"({"name": "base", "fields": {"n": {"min": 0}}})");
  put(R"({"name": "child", "extends": "base"})");
  RuleStore store(session_);
  EXPECT_EQ(store.list()->size(), 2U);
  EXPECT_EQ(store.resolve("child")->rules.size(), 1U);
  EXPECT_EQ(store.remove("base").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(store.put(*validate::parse_rule_set(R"({"name": "base", "extends": "child"})")).error().code(),
            ErrorCode::kInvalidArgument);
  EXPECT_TRUE(store.remove("child").has_value());
  EXPECT_TRUE(store.remove("base").has_value());
  EXPECT_EQ(store.remove("base").error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace lake::ingest
