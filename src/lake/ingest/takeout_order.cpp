#include "lake/ingest/takeout_order.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lake/codec/json_nesting.hpp"

namespace lake::ingest {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kPartsMax = 1000;
constexpr std::uint64_t kBatchRowsMax = 10'000'000;

Error wrong(std::string_view member, const char* what) {
  return {ErrorCode::kInvalidArgument, "\"" + std::string(member) + "\" must be " + what};
}

Result<std::vector<std::string>> texts_of(const std::string& member, const Json& value) {
  if (!value.is_array() || value.size() > kPartsMax) return wrong(member, "a list of at most 1000 texts");
  std::vector<std::string> texts;
  for (const auto& each : value) {
    if (!each.is_string() || each.get_ref<const std::string&>().empty())
      return wrong(member, "a list of texts that are not empty");
    texts.push_back(each.get<std::string>());
  }
  return texts;
}

Result<bool> flag_of(const std::string& member, const Json& value) {
  if (!value.is_boolean()) return wrong(member, "true or false");
  return value.get<bool>();
}

Result<ProductSelection> products_of(const Json& value) {
  if (!value.is_object()) return wrong("products", "an object with include, exclude");
  ProductSelection products;
  for (const auto& [member, list] : value.items()) {
    if (member == "include") {
      LAKE_TRY(products.include, texts_of("products.include", list));
    } else if (member == "exclude") {
      LAKE_TRY(products.exclude, texts_of("products.exclude", list));
    } else {
      return Error(ErrorCode::kInvalidArgument, "there is no member products." + member);
    }
  }
  return products;
}

Result<ArchiveKeeping> keeping_of(const Json& value) {
  for (const auto keeping : {ArchiveKeeping::kReference, ArchiveKeeping::kCopy, ArchiveKeeping::kAdopt}) {
    if (value.is_string() && value.get_ref<const std::string&>() == name_of(keeping)) return keeping;
  }
  return wrong("archives", "copy, adopt or reference");
}

Result<std::vector<OrderedPart>> parts_of(const Json& value) {
  std::vector<OrderedPart> parts;
  for (const auto& each : value) {
    parts.push_back(
        {each.value("path", ""), each.value("from", ""), each.value("upload", ""), each.value("key", "")});
  }
  return parts;
}

Status read_member(const std::string& member, const Json& value, TakeoutOrder& order) {
  if (member == "paths") {
    LAKE_TRY(order.paths, texts_of(member, value));
  } else if (member == "uploads") {
    LAKE_TRY(order.uploads, texts_of(member, value));
  } else if (member == "time_zone") {
    if (!value.is_string()) return wrong(member, "a text");
    order.time_zone = value.get<std::string>();
  } else if (member == "products") {
    LAKE_TRY(order.products, products_of(value));
  } else if (member == "archives") {
    LAKE_TRY(order.archives, keeping_of(value));
  } else if (member == "batch_rows" || member == "batch_size") {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() < 1 ||
        value.get<std::uint64_t>() > kBatchRowsMax)
      return wrong(member, "a number from 1 to 10000000");
    order.batch_rows = value.get<std::uint64_t>();
  } else if (member == "dry_run") {
    LAKE_TRY(order.dry_run, flag_of(member, value));
  } else if (member == "force") {
    LAKE_TRY(order.force, flag_of(member, value));
  } else if (member == "replay") {
    LAKE_TRY(order.replay, flag_of(member, value));
  } else {
    return Error(ErrorCode::kInvalidArgument, "there is no member " + member);
  }
  return ok();
}

}  // namespace

std::string_view name_of(ArchiveKeeping keeping) {
  switch (keeping) {
    case ArchiveKeeping::kReference:
      return "reference";
    case ArchiveKeeping::kCopy:
      return "copy";
    case ArchiveKeeping::kAdopt:
      return "adopt";
  }
  return "reference";
}

Result<TakeoutOrder> takeout_order_of(std::string_view json) {
  if (codec::is_nested_too_deep(json))
    return Error(ErrorCode::kInvalidArgument, "the body has too many levels inside each other");
  const auto parsed = Json::parse(json, nullptr, false);
  if (!parsed.is_object()) return Error(ErrorCode::kInvalidArgument, "the request is not a JSON object");
  TakeoutOrder order;
  for (const auto& [member, value] : parsed.items()) LAKE_CHECK_OK(read_member(member, value, order));
  return order;
}

std::string order_text(const TakeoutOrder& order) {
  Json parts = Json::array();
  for (const auto& part : order.parts)
    parts.push_back({{"path", part.path}, {"from", part.from}, {"upload", part.upload}, {"key", part.key}});
  const Json text = {{"paths", order.paths},
                     {"uploads", order.uploads},
                     {"time_zone", order.time_zone},
                     {"products", {{"include", order.products.include}, {"exclude", order.products.exclude}}},
                     {"archives", name_of(order.archives)},
                     {"batch_rows", order.batch_rows},
                     {"dry_run", order.dry_run},
                     {"force", order.force},
                     {"replay", order.replay},
                     {"trace_parent", order.trace_parent},
                     {"parts", std::move(parts)}};
  return text.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<TakeoutOrder> stored_order_of(std::string_view json) {
  auto parsed = Json::parse(json, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("parts"))
    return Error(ErrorCode::kCorruption, "this is not a stored order of an import");
  try {
    LAKE_TRY(auto parts, parts_of(parsed.at("parts")));
    parsed.erase("parts");
    const auto trace_parent = parsed.value("trace_parent", "");
    parsed.erase("trace_parent");  // of no request
    LAKE_TRY(auto order, takeout_order_of(parsed.dump()));
    order.parts = std::move(parts);
    order.trace_parent = trace_parent;
    return order;
  } catch (const std::exception& problem) {
    return Error(ErrorCode::kCorruption, std::string("this is not a stored order: ") + problem.what());
  }
}

bool has_paths(const TakeoutOrder& order) {
  return std::any_of(order.parts.begin(), order.parts.end(),
                     [](const OrderedPart& part) { return part.upload.empty(); });
}

std::string order_key(const TakeoutOrder& order) {
  std::vector<std::string> keys;
  for (const auto& part : order.parts) keys.push_back(part.key);
  std::sort(keys.begin(), keys.end());
  // What came as an upload is kept in any case.
  const bool keeps = order.archives != ArchiveKeeping::kReference && has_paths(order);
  const Json key = {keys, order.time_zone, order.products.include, order.products.exclude, order.dry_run,
                    keeps};
  return key.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lake::ingest
