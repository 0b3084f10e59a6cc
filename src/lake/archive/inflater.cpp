#include "lake/archive/inflater.hpp"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <limits>

namespace lake::archive {
namespace {

// ISA-L counts in 32 bits.
constexpr std::size_t kPieceBytesMax = std::size_t{1} << 30U;

}  // namespace

std::uint32_t crc32(std::uint32_t crc, std::span<const std::byte> bytes) {
  return crc32_gzip_refl(crc, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

Inflater::Inflater() : state_(std::make_unique<inflate_state>()) { restart(); }
Inflater::~Inflater() = default;

void Inflater::restart() {
  isal_inflate_init(state_.get());
  state_->crc_flag = ISAL_DEFLATE;
  state_->next_in = nullptr;
  state_->avail_in = 0;
  fed_bytes_ = 0;
  wrong_ = false;
}

Inflater::Step Inflater::step(std::span<const std::byte> in, std::span<std::byte> out) {
  if (wrong_) return {State::kWrong, 0, 0};
  if (state_->block_state == ISAL_BLOCK_FINISH) return {State::kFinished, 0, 0};
  in = in.first(std::min(in.size(), kPieceBytesMax));
  out = out.first(std::min(out.size(), kPieceBytesMax));
  // the interface of ISA-L is not const, and it does not write to its input
  state_->next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(in.data()));
  state_->avail_in = static_cast<std::uint32_t>(in.size());
  state_->next_out = reinterpret_cast<std::uint8_t*>(out.data());
  state_->avail_out = static_cast<std::uint32_t>(out.size());
  const int code = isal_inflate(state_.get());
  Step step;
  // In front of a wrong distance ISA-L counts a byte or two that are not there; it does not read them.
  const bool overcounts = state_->avail_in > in.size();
  step.consumed = overcounts ? in.size() : in.size() - state_->avail_in;
  step.produced = out.size() - state_->avail_out;
  fed_bytes_ += step.consumed;
  const bool finished = state_->block_state == ISAL_BLOCK_FINISH;
  // It would stand still for ever.
  const bool stuck = !finished && step.consumed == 0 && step.produced == 0 && !in.empty() && !out.empty();
  if (code < 0 || stuck || overcounts) {
    step.state = State::kWrong;
  } else if (finished) {
    step.state = State::kFinished;
  }
  wrong_ = step.state == State::kWrong;  // its state is not one to go on from
  return step;
}

std::uint64_t Inflater::stream_bytes() const {
  const auto ahead = static_cast<std::uint64_t>(std::max<std::int32_t>(state_->read_in_length, 0)) / 8U;
  return fed_bytes_ - std::min(ahead, fed_bytes_);
}

}  // namespace lake::archive
