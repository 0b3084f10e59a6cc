-- Blobs as an import left them: ranges of an archive, stored and deflated, and copies.
SELECT bucket, key, hash, bytes, content_type, refs, archive, damage FROM blobs ORDER BY key;
SELECT hash, bytes, hex(chunk_sums) AS sums, archive, archive_offset, stored_bytes, is_deflated FROM blob_store.place ORDER BY ALL;
SELECT name, state, blob FROM takeout.import_entry ORDER BY entry_id;
SELECT path, blob, blob_key FROM takeout.drive_file ORDER BY path;
SELECT gm_msgid, part, filename, blob, blob_key FROM takeout.mail_attachment_blob ORDER BY ALL;
