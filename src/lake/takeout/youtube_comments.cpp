// comments.csv and live chats.csv. The columns changed their order in 2024 and their case in 2025, so they
// are found by name, and by the form of their values where the names are in another language or missing. Rows
// seen in real files; the names of live chats are from memory.
#include "lake/takeout/csv_product.hpp"
#include "lake/takeout/product_list.hpp"
#include "lake/takeout/youtube_names.hpp"
#include "lake/takeout/youtube_tables.hpp"

namespace lake::takeout {
namespace {

constexpr std::size_t kChatColumns = 6;  // comments have one more, their parent

struct Comment {
  bool is_chat = false;
  std::optional<std::string_view> id;
  std::optional<std::string_view> channel_id;
  std::optional<Timestamp> time;
  std::optional<std::string_view> price;
  std::optional<std::string_view> parent_id;
  std::optional<std::string_view> video_id;
  std::optional<std::string_view> text;
};

bool are_names(const CsvNames& names) {
  return names.has({"channel id", "video id"}) && (names.has({"comment id"}) || names.has({"live chat id"}));
}

/// "UgytHqobEtqoKm_-pYB4AaABAg", a reply with '.' and more behind it.
bool is_comment_id(std::string_view text) {
  return text.size() >= 18 && text.starts_with("Ug") &&
         text.find_first_of(" {},\"") == std::string_view::npos;
}

bool is_text_cell(std::string_view text) {
  return text.starts_with('{') && (text.find("\"text\"") != std::string_view::npos ||
                                   text.find("\"takeoutSegments\"") != std::string_view::npos);
}

Comment read_by_name(CsvFields& fields, const CsvNames& names) {
  Comment comment;
  comment.is_chat = names.has({"live chat id"});
  comment.id = fields.take({"comment id", "live chat id"});
  comment.channel_id = fields.take({"channel id"});
  comment.time = fields.take_time({"comment create timestamp", "live chat create timestamp"});
  comment.price = fields.take({"price"});
  if (!comment.is_chat) comment.parent_id = fields.take({"parent comment id"});
  comment.video_id = fields.take({"video id"});
  comment.text = fields.take({"comment text", "live chat text"});
  return comment;
}

/// Of two ids the longer one is the comment's: a reply's begins with its parent's.
Comment read_by_shape(CsvFields& fields) {
  Comment comment;
  comment.is_chat = fields.count() <= kChatColumns;
  for (std::size_t i = 0; i < fields.count(); ++i) {
    const auto value = fields.peek(i);
    if (value.empty()) continue;
    if (!comment.text && is_text_cell(value)) {
      comment.text = fields.take(i);
    } else if (!comment.channel_id && is_channel_id(value)) {
      comment.channel_id = fields.take(i);
    } else if (is_comment_id(value) && (!comment.id || (!comment.parent_id && !comment.is_chat))) {
      const auto taken = fields.take(i);
      if (!comment.id) {
        comment.id = taken;
      } else if (taken->size() > comment.id->size()) {
        comment.parent_id = std::exchange(comment.id, taken);
      } else {
        comment.parent_id = taken;
      }
    } else if (!comment.time && parse_csv_time(value)) {
      comment.time = parse_csv_time(value);
      fields.take(i);
    } else if (!comment.video_id && is_video_id(value)) {
      comment.video_id = fields.take(i);
    } else if (!comment.price && parse_integer(value)) {
      comment.price = fields.take(i);
    }
  }
  return comment;
}

/// One JSON array of segments: of {"takeoutSegments": [...]} (old), of several objects joined by commas
/// without brackets and with line ends as they are inside texts (new). Empty when the cell is something else.
std::string segments_of(std::string_view cell) {
  std::string json = "[";
  bool in_text = false;
  for (std::size_t i = 0; i < cell.size(); ++i) {
    const char c = cell[i];
    if (in_text && static_cast<unsigned char>(c) < 0x20) {
      json += c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : " ";
      continue;
    }
    if (in_text && c == '\\' && i + 1 < cell.size()) {
      json += c;
      json += cell[++i];
      continue;
    }
    if (c == '"') in_text = !in_text;
    json += c;
  }
  json += ']';
  return is_json(json) ? json : std::string();
}

/// Behind the JSON string that begins at `begin` with its quote.
std::size_t string_end(std::string_view json, std::size_t begin) {
  std::size_t i = begin + 1;
  while (i < json.size() && json[i] != '"') i += json[i] == '\\' ? 2 : 1;
  return std::min(i + 1, json.size());
}

/// Behind the object that begins at `begin`.
std::size_t object_end(std::string_view json, std::size_t begin) {
  std::size_t depth = 0;
  for (std::size_t i = begin; i < json.size();) {
    if (json[i] == '"') {
      i = string_end(json, i);
      continue;
    }
    if (json[i] == '{') ++depth;
    if (json[i] == '}' && --depth == 0) return i + 1;
    ++i;
  }
  return json.size();
}

/// The segments in one form for both layouts, which cut plain text at different places and space it
/// differently: without space between tokens, plain text that follows plain text is one segment.
std::string joined_segments(const std::string& json) {
  constexpr std::string_view kPlain = R"({"text":")";
  std::string compact(json.size() + JsonElements::kPaddingBytes, '\0');
  std::size_t size = 0;
  if (simdjson::minify(json.data(), json.size(), compact.data(), size)) return json;
  compact.resize(size);
  std::string joined = "[";
  bool after_plain = false;
  std::size_t at = 1;
  while (at < compact.size() && compact[at] == '{') {
    const auto end = object_end(compact, at);
    const auto segment = std::string_view(compact).substr(at, end - at);
    const bool is_plain =
        segment.starts_with(kPlain) && string_end(segment, kPlain.size() - 1) == segment.size() - 1;
    if (is_plain && after_plain) {
      joined.resize(joined.size() - 2);  // "}
      joined += segment.substr(kPlain.size());
    } else {
      if (joined.size() > 1) joined += ',';
      joined += segment;
    }
    after_plain = is_plain;
    at = end + 1;
  }
  return at == compact.size() ? joined + "]" : json;  // else it holds something that is no segment
}

struct CommentText {
  std::string text;
  std::string segments;
};

/// The texts of all segments; a cell of another form is the text itself.
CommentText text_of(std::string_view cell, EntrySink& sink) {
  CommentText read;
  read.segments = segments_of(cell);
  std::string wrapped = R"({"cell":)" + read.segments + "}";
  const std::size_t size = wrapped.size();
  wrapped.append(JsonElements::kPaddingBytes, ' ');
  bool is_old = false;
  const auto take_segment = [&read](Members& segment) {
    while (segment.next()) {
      std::optional<std::string_view> text;
      if (segment.key() == "text") segment.text(text);
      if (text) read.text += *text;
    }
  };
  // What is not taken here is in the column `segments` all the same, so nothing is kept.
  JsonReader reader;
  Extra unused(sink, kYtComment);
  const auto outcome = reader.read(std::string_view(wrapped).substr(0, size), unused, [&](Members& members) {
    while (members.next()) {
      members.objects([&](Members& item) {
        while (item.next()) {
          std::optional<std::string_view> text;
          if (item.key() == "takeoutSegments") {
            is_old = true;
            item.objects(take_segment);
          } else if (item.key() == "text") {
            item.text(text);
          }
          if (text) read.text += *text;
        }
      });
    }
  });
  if (read.segments.empty() || outcome != JsonReader::Outcome::kRead) return {std::string(cell), ""};
  if (is_old) {
    const auto begin = read.segments.find('[', 1);
    auto inner = read.segments.substr(begin, read.segments.rfind(']', read.segments.size() - 2) - begin + 1);
    if (is_json(inner)) read.segments = std::move(inner);
  }
  read.segments = joined_segments(read.segments);
  return read;
}

template <const TableSpec& kTable>
void write_comment(const Comment& comment, std::string_view id_column, const std::string& extra,
                   EntrySink& sink) {
  const CommentText text = comment.text ? text_of(*comment.text, sink) : CommentText{};
  auto row = sink.row(kTable);
  row.integer(kTable.at("ts_us"), comment.time->micros);
  row.text(kTable.position(id_column), comment.id);
  row.text(kTable.at("video_id"), comment.video_id);
  row.text(kTable.at("channel_id"), comment.channel_id);
  if (comment.parent_id) row.text(kTable.position("parent_id"), comment.parent_id);
  if (comment.text) row.text(kTable.at("text"), text.text);
  if (!text.segments.empty()) row.text(kTable.at("segments"), text.segments);
  row.text(kTable.at("price"), comment.price);
  row.extra(extra);
}

ElementOutcome read_record(const std::vector<std::string>& values, const CsvNames& names, EntrySink& sink) {
  CsvFields fields(values, names, sink);
  const bool named = are_names(names);
  const auto comment = named ? read_by_name(fields, names) : read_by_shape(fields);
  if (!comment.time) return "no time";
  if (!comment.id) return "no id";
  const auto& table = comment.is_chat ? kYtLiveChat : kYtComment;
  const auto extra = fields.extra(table, sink);
  if (comment.is_chat) {
    write_comment<kYtLiveChat>(comment, "live_chat_id", extra, sink);
  } else {
    write_comment<kYtComment>(comment, "comment_id", extra, sink);
  }
  return kStored;
}

/// A comment by the form of its values.
bool is_comment(const std::vector<std::string>& values) {
  bool has_id = false;
  bool has_channel = false;
  bool has_time = false;
  bool has_text = false;
  for (const auto& value : values) {
    has_id = has_id || is_comment_id(value);
    has_channel = has_channel || is_channel_id(value);
    has_time = has_time || parse_csv_time(value).has_value();
    has_text = has_text || is_text_cell(value);
  }
  return has_id && has_channel && has_time && has_text;
}

Certainty recognise(const EntryHead& head) {
  const auto records = csv_head(head, 2);
  if (!records.empty() && are_names(CsvNames(records.front()))) return Certainty::kContent;
  for (const auto& record : records) {
    if (is_comment(record)) return Certainty::kShape;
  }
  return Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& /*head*/, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  CsvNames names;
  bool is_first = true;
  return parse_csv_records(
      content, sink,
      [&](const std::vector<std::string>& fields) {
        if (!std::exchange(is_first, false) || is_comment(fields)) return true;
        names = CsvNames(fields);
        return false;
      },
      [&](const std::vector<std::string>& fields, EntrySink& into) {
        return read_record(fields, names, into);
      });
}

constexpr const TableSpec* kTables[] = {&kYtComment, &kYtLiveChat};

}  // namespace

const Product kYtComments{.name = "yt_comment",
                          .product = "youtube",
                          .version = 2,
                          .tables = kTables,
                          .recognise = recognise,
                          .parse = parse};

}  // namespace lake::takeout
