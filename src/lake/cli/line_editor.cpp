#include "lake/cli/line_editor.hpp"

#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <clocale>
#include <cstdio>
#include <cwchar>

namespace lake::cli {

struct LineEditor::State {
  Interrupts* interrupts = nullptr;
  std::string history_path;
  Completer completer;
  std::string prompt;
  std::string context;
  bool interrupted = false;
  EditLine* line = nullptr;
  History* history = nullptr;
  HistEvent event{};
};

namespace {

constexpr int kHistoryEntries = 5000;
constexpr std::size_t kShownWords = 60;

}  // namespace

/// libedit calls plain functions; each finds its editor through the client data.
struct LineEditorCallbacks {
  using State = LineEditor::State;

  static State* state_of(EditLine* line) {
    void* data = nullptr;
    el_get(line, EL_CLIENTDATA, &data);
    return static_cast<State*>(data);
  }

  static char* prompt(EditLine* line) { return state_of(line)->prompt.data(); }

  /// One character, or -1 when Ctrl-C came first (0 is the end of the input).
  static int read_character(EditLine* line, wchar_t* character) {
    State* state = state_of(line);
    std::mbstate_t shift{};
    while (true) {
      pollfd wanted[2] = {{STDIN_FILENO, POLLIN, 0}, {state->interrupts->descriptor(), POLLIN, 0}};
      if (poll(wanted, 2, -1) < 0) continue;  // a changed window size
      if (wanted[1].revents != 0 && state->interrupts->take()) {
        state->interrupted = true;
        return -1;
      }
      if (wanted[0].revents == 0) continue;
      char byte = 0;
      if (::read(STDIN_FILENO, &byte, 1) != 1) return 0;
      const std::size_t used = std::mbrtowc(character, &byte, 1, &shift);
      if (used == static_cast<std::size_t>(-2)) continue;  // more bytes belong to it
      if (used == static_cast<std::size_t>(-1)) {
        shift = {};
        *character = L'?';
      } else if (used == 0) {
        // A Ctrl-D that was typed before the line was being edited comes as NUL.
        const LineInfo* info = el_line(line);
        if (info->lastchar == info->buffer) return 0;
        *character = L'\0';
      }
      return 1;
    }
  }

  static unsigned char complete(EditLine* line, int /*key*/) {
    State* state = state_of(line);
    const LineInfo* info = el_line(line);
    const std::string typed(info->buffer, info->cursor);
    const auto words = state->completer(state->context + typed);
    if (words.empty()) return CC_REFRESH_BEEP;
    std::size_t begin = typed.size();
    const auto in_word = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || (c & 0x80) != 0;
    };
    while (begin > 0 && in_word(typed[begin - 1])) --begin;
    const std::string word = typed.substr(begin);
    std::string shared = words.front();
    for (const auto& one : words) {
      const auto end = std::mismatch(shared.begin(), shared.end(), one.begin(), one.end()).first;
      shared.erase(end, shared.end());
    }
    // Only the last part of a qualified name is completed.
    const std::string last = word.substr(word.rfind('.') + 1);
    if (words.size() == 1) shared += " ";
    if (shared.size() > last.size()) {
      el_deletestr(line, static_cast<int>(last.size()));
      el_insertstr(line, shared.c_str());
      return CC_REFRESH;
    }
    std::fputc('\n', stdout);
    for (std::size_t i = 0; i < std::min(words.size(), kShownWords); ++i)
      std::printf("%s  ", words[i].c_str());
    std::printf(words.size() > kShownWords ? "... (%zu)\n" : "\n", words.size());
    return CC_REDISPLAY;
  }
};

LineEditor::LineEditor(Interrupts& interrupts, std::string history_path, Completer completer)
    : state_(std::make_unique<State>()) {
  std::setlocale(LC_CTYPE, "");
  state_->interrupts = &interrupts;
  state_->history_path = std::move(history_path);
  state_->completer = std::move(completer);
  state_->line = el_init("dplake", stdin, stdout, stderr);
  state_->history = history_init();
  history(state_->history, &state_->event, H_SETSIZE, kHistoryEntries);
  history(state_->history, &state_->event, H_SETUNIQUE, 1);
  el_set(state_->line, EL_CLIENTDATA, state_.get());
  el_set(state_->line, EL_PROMPT, &LineEditorCallbacks::prompt);
  el_set(state_->line, EL_EDITOR, "emacs");
  el_set(state_->line, EL_HIST, history, state_->history);
  el_set(state_->line, EL_GETCFN, &LineEditorCallbacks::read_character);
  el_set(state_->line, EL_ADDFN, "dplake-complete", "complete a name", &LineEditorCallbacks::complete);
  el_set(state_->line, EL_BIND, "^I", "dplake-complete", nullptr);
  el_set(state_->line, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(state_->line, nullptr);
  if (!state_->history_path.empty())
    history(state_->history, &state_->event, H_LOAD, state_->history_path.c_str());
}

LineEditor::~LineEditor() {
  history_end(state_->history);
  el_end(state_->line);
}

LineEditor::Outcome LineEditor::read(const std::string& prompt, std::string& line) {
  state_->prompt = prompt;
  state_->interrupted = false;
  int count = 0;
  // Before the prompt is shown, so that a Ctrl-D that answers it is not taken by the line discipline.
  el_set(state_->line, EL_PREP_TERM, 1);
  const char* text = el_gets(state_->line, &count);
  if (state_->interrupted) {
    std::fputs("^C\n", stdout);
    el_reset(state_->line);
    return Outcome::kInterrupted;
  }
  if (text == nullptr || count <= 0) return Outcome::kEnd;
  line.assign(text, static_cast<std::size_t>(count));
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  return Outcome::kLine;
}

void LineEditor::remember(const std::string& entry) {
  // A line comment would swallow what follows it on one line; such an entry is remembered up to there.
  std::string one_line = entry.find("--") == std::string::npos ? entry : entry.substr(0, entry.find('\n'));
  std::replace(one_line.begin(), one_line.end(), '\n', ' ');
  history(state_->history, &state_->event, H_ENTER, one_line.c_str());
  if (!state_->history_path.empty())
    history(state_->history, &state_->event, H_SAVE, state_->history_path.c_str());
}

void LineEditor::set_context(const std::string& text) { state_->context = text; }

}  // namespace lake::cli
