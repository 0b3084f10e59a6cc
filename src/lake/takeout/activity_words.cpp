#include "lake/takeout/activity_words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace lake::takeout {
namespace {

struct TitleForm {
  std::string_view verb;
  std::string_view before;
  std::string_view after;
};

// English and the German places of the verb were seen in real files; the other words are from memory.
constexpr TitleForm kForms[] = {
    {"Watched", "Watched ", ""},
    {"Searched for", "Searched for ", ""},
    {"Visited", "Visited ", ""},
    {"Used", "Used ", ""},
    {"Viewed", "Viewed ", ""},
    {"Listened to", "Listened to ", ""},
    {"Directions to", "Directions to ", ""},
    {"Said", "Said ", ""},
    {"Asked", "Asked ", ""},
    {"Called", "Called ", ""},
    {"Explored on", "Explored on ", ""},
    {"Interacted with", "Interacted with ", ""},
    {"Searched for", "Nach ", " gesucht"},
    {"Viewed", "Gebiet um ", " angesehen"},
    {"Watched", "", " angesehen"},
    {"Visited", "", " aufgerufen"},
    {"Used", "", " verwendet"},
    {"Searched for", "「", "」を検索しました"},
    {"Viewed", "", " 周辺のエリアを表示しました"},
    {"Watched", "", " を視聴しました"},
    {"Visited", "", " にアクセスしました"},
    {"Used", "", " を使用しました"},
};

const TitleForm* form_of(std::string_view title) {
  for (const auto& form : kForms) {
    if (title.size() > form.before.size() + form.after.size() && title.starts_with(form.before) &&
        title.ends_with(form.after))
      return &form;
  }
  return nullptr;
}

}  // namespace

std::optional<MapCentre> map_centre_in(std::string_view url) {
  auto begin = url.find("center=");
  begin = begin == std::string_view::npos ? url.find("?q=") : begin + 4;
  if (begin == std::string_view::npos) return std::nullopt;
  url.remove_prefix(begin + 3);
  std::array<std::int32_t, 2> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    double degrees = 0;
    const auto [end, failed] = std::from_chars(url.data(), url.data() + url.size(), degrees);
    if (failed != std::errc() || !(std::fabs(degrees) <= 180)) return std::nullopt;
    parts[i] = static_cast<std::int32_t>(std::llround(degrees * 1e7));
    url.remove_prefix(static_cast<std::size_t>(end - url.data()));
    if (i > 0) break;
    if (url.starts_with(',')) {
      url.remove_prefix(1);
    } else if (url.starts_with("%2C")) {
      url.remove_prefix(3);
    } else {
      return std::nullopt;
    }
  }
  return MapCentre{parts[0], parts[1]};
}

std::optional<std::string_view> verb_of(std::string_view title) {
  const auto* form = form_of(title);
  if (form == nullptr) return std::nullopt;
  return form->verb;
}

std::string_view object_of(std::string_view title) {
  const auto* form = form_of(title);
  if (form == nullptr) return title;
  title.remove_prefix(form->before.size());
  title.remove_suffix(form->after.size());
  return title;
}

bool names_ads(std::span<const std::string_view> details) {
  static constexpr std::array<std::string_view, 3> kNames = {"From Google Ads", "Von Google Ads",
                                                             "Google 広告から"};
  return std::any_of(details.begin(), details.end(), [](std::string_view each) {
    return std::find(kNames.begin(), kNames.end(), each) != kNames.end();
  });
}

}  // namespace lake::takeout
