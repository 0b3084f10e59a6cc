# What `cmake --install` lays out, the same under /usr (.deb) and in the tarball: bin/dplake finds
# lib/dplake/libduckdb.so by its own place, so the tree may be moved. tools/make_packages.sh makes both from it, after
# tools/write_packaging.py has written the man page and completions to packaging/ of the build directory.
if(TARGET dplake)
  set(lake_packaging ${CMAKE_BINARY_DIR}/packaging)
  set_target_properties(dplake PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}
    INSTALL_RPATH "$ORIGIN/../lib/dplake")
  install(TARGETS dplake RUNTIME DESTINATION bin)
  install(PROGRAMS ${DUCKDB_LIBRARY} DESTINATION lib/dplake)
  install(FILES ${lake_packaging}/dplake.1 DESTINATION share/man/man1)
  install(FILES ${lake_packaging}/dplake.toml DESTINATION share/doc/dplake)
  install(FILES ${lake_packaging}/dplake.bash RENAME dplake DESTINATION share/bash-completion/completions)
  install(FILES ${lake_packaging}/_dplake DESTINATION share/zsh/vendor-completions)
  install(FILES ${lake_packaging}/dplake.fish DESTINATION share/fish/vendor_completions.d)
  install(FILES README.md LICENSE docs/dependencies.md DESTINATION share/doc/dplake)
  get_filename_component(duckdb_root ${DUCKDB_INCLUDE_DIR} DIRECTORY)
  install(FILES ${duckdb_root}/LICENSE RENAME LICENSE.duckdb DESTINATION share/doc/dplake)
endif()
