#pragma once

#include <cstdint>

#include "lake/base/result.hpp"
#include "lake/query/session.hpp"

namespace lake::ingest {

/// Joins the media of Google Photos with their sidecars and albums, over all parts and exports that are in
/// the lake: makes media_sidecar, photo and album_item anew, and gives each sidecar its state:
/// sidecar_joined, or sidecar_pending until the part with its medium comes. A medium without a sidecar has
/// that as the reason of its entry.
///
/// Does nothing when no picture, film, sidecar or album was read since the last run that came to its end.
/// Media belong to Google Photos when sidecars stand in the same product's folder. One transaction. Memory:
/// the names of the largest folder. Errors: those of Session.
Status join_photos(query::Session& session);

}  // namespace lake::ingest
