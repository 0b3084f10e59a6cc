#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kName = "Takeout/Google Chat/Groups/DM abc/messages.json";
const std::string kHead =
    R"({"messages": [{"created_date": "Wednesday, 31 January 2018 at 22:54:50 UTC", "message_id": "a/b/c"},)";
const std::string kFirst =
    "chat_message: ts_us=1517439290000000 message_id=a/b/c space=DM abc ts_quality=second";

TEST(ChatMessages, BothFormsOfTheDate) {
  expect_cases(
      kChatMessages, kName,
      {{"every member there is",
        kHead +
            "{\"created_date\": \"Wednesday, January 31, 2018 at 10:54:50\xE2\x80\xAFPM UTC\", "
            R"("creator": {"name": "N", "email": "e@example.com", "user_type": "Human"}, "updated_date": "Wednesday, 31 January 2018 at 22:54:51 UTC", "text": "t", "annotations": [{"length": 5}], "attached_files": [{"original_name": "o.png", "export_name": "File-o.png"}], "reactions": [{"emoji": {"unicode": "👍"}, "reactor_emails": ["p", "q"]}, {"emoji": {"custom_emoji": {"x": 1}}, "reactor_emails": ["p"]}], "quoted_message_metadata": {"text": "before"}, "topic_id": "b", "message_id": "a/b/d", "new": 1}]})",
        {kFirst,
         R"(chat_message: ts_us=1517439290000000 message_id=a/b/d space=DM abc topic_id=b creator_name=N creator_email=e@example.com creator_type=Human text=t updated_us=1517439291000000 annotations=[{"length": 5}] quoted={"text": "before"} ts_quality=second extra={"new":1})",
         "chat_reaction: message_id=a/b/d emoji=👍 reactor_email=p",
         "chat_reaction: message_id=a/b/d emoji=👍 reactor_email=q",
         R"(chat_reaction: message_id=a/b/d emoji={"x": 1} reactor_email=p)",
         "chat_attachment: message_id=a/b/d export_name=File-o.png original_name=o.png"}},
       {"a deleted one, and a date in another language",
        kHead +
            R"({"created_date": "irgendwann", "deleted_date": "Wednesday, 31 January 2018 at 22:54:52 UTC", "message_state": "DELETED", "deletion_metadata": {"deletion_type": "CREATOR"}, "message_id": "a/b/e"}]})",
        {kFirst,
         R"(chat_message: message_id=a/b/e space=DM abc deleted_us=1517439292000000 state=DELETED deletion_type=CREATOR extra={"created_date":"irgendwann"})"}},
       {"no id", kHead + R"({"text": "t"}]})", {kFirst}, {rejected("no id", kHead, R"({"text": "t"})")}},
       {"no JSON", kHead + "{t}]}", {kFirst}, {rejected("syntax", kHead, "{t}")}},
       {"a cut file", kHead + R"({"text)", {kFirst}}});
}

TEST(ChatSpaces, WithTheirMembers) {
  const std::string broken = R"({"members": [{"name": "N", "user_type": x}]})";
  expect_cases(
      kChatSpaces, "Takeout/Google Chat/Groups/Space abc/group_info.json",
      {{"a named one",
        R"({"name": "S", "members": [{"name": "N", "email": "e", "user_type": "Human", "x": 1}, {"name": "Bot", "user_type": "Bot"}]})",
        {R"(chat_space: space=Space abc name=S extra={"members[0].x":1})",
         "chat_member: space=Space abc email=e name=N user_type=Human",
         "chat_member: space=Space abc name=Bot user_type=Bot"}},
       {"no JSON", broken, {}, {rejected("syntax", "", broken)}}});
}

}  // namespace
}  // namespace lake::takeout
