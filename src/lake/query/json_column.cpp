#include "lake/query/json_column.hpp"

#include <algorithm>
#include <string_view>

#include "lake/codec/utf8.hpp"
#include "lake/engine/duckdb.hpp"

namespace lake::query {

namespace {

enum class Shape : std::uint8_t { kNumber, kReal, kText, kJson, kBlob, kList, kArray, kStruct, kMap, kUnion };

Shape shape_of(const duckdb::LogicalType& type) {
  using Id = duckdb::LogicalTypeId;
  if (type.IsJSONType()) return Shape::kJson;
  switch (type.id()) {
    case Id::BOOLEAN:
    case Id::TINYINT:
    case Id::SMALLINT:
    case Id::INTEGER:
    case Id::BIGINT:
    case Id::UTINYINT:
    case Id::USMALLINT:
    case Id::UINTEGER:
    case Id::UBIGINT:
    case Id::HUGEINT:
    case Id::UHUGEINT:
    case Id::BIGNUM:
    case Id::DECIMAL:
      return Shape::kNumber;
    case Id::FLOAT:
    case Id::DOUBLE:
      return Shape::kReal;
    case Id::BLOB:
      return Shape::kBlob;
    case Id::LIST:
      return Shape::kList;
    case Id::ARRAY:
      return Shape::kArray;
    case Id::STRUCT:
      return Shape::kStruct;
    case Id::MAP:
      return Shape::kMap;
    case Id::UNION:
      return Shape::kUnion;
    default:
      return Shape::kText;
  }
}

void append_real(std::string& out, std::string_view text) {
  const char last = text.empty() ? '0' : text.back();
  if (last != 'f' && last != 'n') {
    out += text;  // digits, as they are
  } else if (last == 'n') {
    out += "\"NaN\"";
  } else {
    out += text.front() == '-' ? "\"-Infinity\"" : "\"Infinity\"";
  }
}

/// JSON text on one line: white space between tokens may hold line ends, which would break NDJSON.
void append_one_line(std::string& out, std::string_view json) {
  for (const char c : json) out += c == '\n' || c == '\r' ? ' ' : c;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  static constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
  out += '"';
  while (!text.empty()) {
    const auto odd = std::find_if(text.begin(), text.end(), [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return byte < 0x20 || byte >= 0x80 || c == '"' || c == '\\';
    });
    const auto plain = static_cast<std::size_t>(odd - text.begin());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto byte = static_cast<unsigned char>(text[0]);
    std::size_t taken = 1;
    if (byte >= 0x80) {
      const auto point = codec::first_code_point(text);
      taken = point ? point->bytes : 1;
      out.append(point ? text.substr(0, taken) : kReplacement);
    } else if (text[0] == '"' || text[0] == '\\') {
      out += '\\';
      out += text[0];
    } else if (text[0] == '\n') {
      out += "\\n";
    } else if (text[0] == '\t') {
      out += "\\t";
    } else if (text[0] == '\r') {
      out += "\\r";
    } else {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
    text.remove_prefix(taken);
  }
  out += '"';
}

void append_base64(std::string& out, std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto at = [&](std::size_t k) -> unsigned {
      return i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U;
    };
    const unsigned group = at(0) << 16U | at(1) << 8U | at(2);
    out += kDigits[group >> 18U & 63U];
    out += kDigits[group >> 12U & 63U];
    out += i + 1 < bytes.size() ? kDigits[group >> 6U & 63U] : '=';
    out += i + 2 < bytes.size() ? kDigits[group & 63U] : '=';
  }
}

struct JsonColumn::State {
  State(duckdb::Vector& vector, std::uint64_t count)
      : shape(shape_of(vector.GetType())), flat(vector.GetType()) {
    flat.Reference(vector);
    flat.Flatten(count);
  }
  Shape shape;
  duckdb::Vector flat;
  std::unique_ptr<duckdb::Vector> text;  // scalars, cast to VARCHAR
  std::vector<JsonColumn> children;
  std::vector<std::string> names;  // of the children of a STRUCT or UNION

  [[nodiscard]] std::string_view text_at(std::uint64_t row) const {
    const auto& value = duckdb::FlatVector::GetData<duckdb::string_t>(*text)[row];
    return {value.GetData(), value.GetSize()};
  }
};

JsonColumn::JsonColumn(duckdb::Vector& vector, std::uint64_t count, duckdb::ClientContext* context)
    : state_(std::make_unique<State>(vector, count)) {
  auto& state = *state_;
  switch (state.shape) {
    case Shape::kList:
    case Shape::kMap:
      state.children.emplace_back(duckdb::ListVector::GetEntry(state.flat),
                                  duckdb::ListVector::GetListSize(state.flat), context);
      return;
    case Shape::kArray:
      state.children.emplace_back(duckdb::ArrayVector::GetEntry(state.flat),
                                  count * duckdb::ArrayType::GetSize(state.flat.GetType()), context);
      return;
    case Shape::kStruct:
    case Shape::kUnion: {
      const auto& fields = duckdb::StructType::GetChildTypes(state.flat.GetType());
      auto& entries = duckdb::StructVector::GetEntries(state.flat);
      for (std::size_t i = 0; i < entries.size(); ++i) {
        state.names.push_back(fields[i].first);
        state.children.emplace_back(*entries[i], count, context);
      }
      return;
    }
    case Shape::kBlob:
      return;
    default:
      break;
  }
  state.text = std::make_unique<duckdb::Vector>(duckdb::LogicalType::VARCHAR, count == 0 ? 1 : count);
  if (state.flat.GetType().id() == duckdb::LogicalTypeId::VARCHAR) {
    state.text->Reinterpret(state.flat);
  } else if (context != nullptr) {
    duckdb::VectorOperations::Cast(*context, state.flat, *state.text, count);
  } else {
    duckdb::VectorOperations::DefaultCast(state.flat, *state.text, count);
  }
  state.text->Flatten(count);
}

JsonColumn::~JsonColumn() = default;
JsonColumn::JsonColumn(JsonColumn&&) noexcept = default;
JsonColumn& JsonColumn::operator=(JsonColumn&&) noexcept = default;

bool JsonColumn::is_null(std::uint64_t row) const { return duckdb::FlatVector::IsNull(state_->flat, row); }

void JsonColumn::append_items(std::string& out, std::uint64_t begin, std::uint64_t count) const {
  out += '[';
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    append_json(out, begin + i);
  }
  out += ']';
}

void JsonColumn::append_struct(std::string& out, std::uint64_t row) const {
  const auto& state = *state_;
  // An unnamed STRUCT (a row value) has no names to give, so it is an array.
  const bool named = state.names.empty() || !state.names[0].empty();
  out += named ? '{' : '[';
  for (std::size_t i = 0; i < state.names.size(); ++i) {
    if (i > 0) out += ',';
    if (named) {
      append_json_string(out, state.names[i]);
      out += ':';
    }
    state.children[i].append_json(out, row);
  }
  out += named ? '}' : ']';
}

void JsonColumn::append_map(std::string& out, std::uint64_t row) const {
  const auto& entry = duckdb::ListVector::GetData(state_->flat)[row];
  const auto& pairs = *state_->children[0].state_;
  out += '{';
  for (std::uint64_t i = 0; i < entry.length; ++i) {
    if (i > 0) out += ',';
    std::string key;
    pairs.children[0].append_text(key, entry.offset + i);
    append_json_string(out, key);
    out += ':';
    pairs.children[1].append_json(out, entry.offset + i);
  }
  out += '}';
}

void JsonColumn::append_json(std::string& out, std::uint64_t row) const {
  const auto& state = *state_;
  if (is_null(row)) {
    out += "null";
    return;
  }
  switch (state.shape) {
    case Shape::kNumber:
      out += state.text_at(row);
      return;
    case Shape::kReal:
      return append_real(out, state.text_at(row));
    case Shape::kText:
      return append_json_string(out, state.text_at(row));
    case Shape::kJson:
      return append_one_line(out, state.text_at(row));
    case Shape::kBlob:
      out += '"';
      append_text(out, row);
      out += '"';
      return;
    case Shape::kList: {
      const auto& entry = duckdb::ListVector::GetData(state.flat)[row];
      return state.children[0].append_items(out, entry.offset, entry.length);
    }
    case Shape::kArray: {
      const auto size = duckdb::ArrayType::GetSize(state.flat.GetType());
      return state.children[0].append_items(out, row * size, size);
    }
    case Shape::kStruct:
      return append_struct(out, row);
    case Shape::kMap:
      return append_map(out, row);
    case Shape::kUnion: {
      const auto tag = std::stoul(std::string(state.children[0].state_->text_at(row)));
      out += '{';
      append_json_string(out, state.names[tag + 1]);
      out += ':';
      state.children[tag + 1].append_json(out, row);
      out += '}';
      return;
    }
  }
}

void JsonColumn::append_text(std::string& out, std::uint64_t row) const {
  const auto& state = *state_;
  if (is_null(row)) return;
  switch (state.shape) {
    case Shape::kNumber:
    case Shape::kReal:
    case Shape::kText:
    case Shape::kJson:
      out += state.text_at(row);
      return;
    case Shape::kBlob: {
      const auto& value = duckdb::FlatVector::GetData<duckdb::string_t>(state.flat)[row];
      return append_base64(out, {value.GetData(), value.GetSize()});
    }
    default:
      return append_json(out, row);
  }
}

}  // namespace lake::query
