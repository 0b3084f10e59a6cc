#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kName = "Takeout/Aufgaben/Tasks.json";
const std::string kHead = R"({"kind": "tasks#taskLists", "items": [)";
const std::string kListHead = kHead + R"({"id": "l", "items": [)";

std::string file_of(const std::string& task) { return kListHead + task + "]}]}"; }

TEST(Tasks, ListsAndTheirTasks) {
  expect_cases(
      kTasks, kName,
      {
          {"every member there is",
           kHead +
               R"({"kind": "tasks#tasks", "id": "l", "title": "L", "updated": "1970-01-01T00:00:09Z", "items": [{"id": "t", "kind": "tasks#task", "created": "1970-01-01T00:00:01.000001Z", "task_type": "PERSONAL", "status": "completed", "title": "T", "updated": "1970-01-01T00:00:02Z", "parent": "p", "notes": "n", "due": "1970-01-02T00:00:00Z", "completed": "1970-01-01T00:00:03Z", "starred": true, "links": [{"type": "email"}]}, {"id": "u"}]}]})",
           {R"(task: id=t parent=p title=T notes=n status=completed due_us=86400000000 created_us=1000001 updated_us=2000000 completed_us=3000000 task_type=PERSONAL starred=1 links=[{"type": "email"}] extra={"kind":"tasks#task"})",
            "task: id=u", R"(task_list: id=l title=L updated_us=9000000 extra={"kind":"tasks#tasks"})"}},
          {"two lists, one of them empty; an unknown member of the file",
           kHead + R"({"id": "l"}, {"id": "m", "items": [{"id": "t"}]}], "etag": "e"})",
           {"task_list: id=l", "task_list: id=m", "task: id=t",
            R"(raw_json: idx=3 path=Aufgaben/Tasks.json product=Aufgaben member=etag doc="e")"}},
          {"a time that is none",
           file_of(R"({"id": "t", "due": "soon"})"),
           {R"(task: id=t extra={"due":"soon"})", "task_list: id=l"}},
          {"a file that stops inside a list", kListHead + R"({"id": "t"}, )", {}},
      });
}

TEST(Tasks, Rejects) {
  const std::string nameless = R"({"title": "T"})";
  expect_cases(
      kTasks, kName,
      {{"a task without an id",
        file_of(nameless),
        {"task_list: id=l"},
        {rejected("no id", kListHead, nameless)}},
       {"a task that is no object", file_of("7"), {"task_list: id=l"}, {rejected("shape", kListHead, "7")}},
       {"a list without an id", kHead + "{}]}", {}, {rejected("no id", kHead, "{}")}},
       {"a list that is none", kHead + "7]}", {}, {rejected("shape", kHead, "7")}}});
}

TEST(Tasks, ResumingPassesOverWhatIsStored) {
  const auto text = file_of(R"({"id": "t"}, {"id": "u"})");
  const auto parsed = parse(kTasks, kName, text, SIZE_MAX, kListHead.size() + 11);
  EXPECT_EQ(parsed.rows, (std::vector<std::string>{"task: id=u", "task_list: id=l"}));
}

}  // namespace
}  // namespace lake::takeout
