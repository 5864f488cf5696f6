# Debian packages: cpack -G DEB in a build folder makes ct2ct (the program), and libct2ct0 and
# libct2ct-dev where the library is built. tools/package.sh deb does it with the right options.
set(CT2CT_COPYRIGHT ${PROJECT_SOURCE_DIR}/tools/package/copyright
  CACHE FILEPATH "The copyright file of the Debian packages")

get_cmake_property(components COMPONENTS)
set(CPACK_COMPONENTS_ALL)
set(program_package ct2ct)
set(library_package libct2ct0)
set(development_package libct2ct-dev)
set(written ${CMAKE_CURRENT_BINARY_DIR}/package)
# The date of a changelog is that of SOURCE_DATE_EPOCH where it is set.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
foreach(component program library development)
  if(NOT component IN_LIST components)
    continue()
  endif()
  list(APPEND CPACK_COMPONENTS_ALL ${component})
  string(TOUPPER ${component} upper)
  set(package ${${component}_package})
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${package})
  set(CPACK_DEBIAN_${upper}_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_${upper}_PACKAGE_SHLIBDEPS ON)
  file(CONFIGURE OUTPUT ${written}/${package}/changelog CONTENT
"ct2ct (${PROJECT_VERSION}) unstable; urgency=medium

  * See docs/CHANGELOG.md of the program.

 -- ct2ct maintainers <maintainers@ct2ct.invalid>  ${date}
")
  install(CODE "execute_process(COMMAND gzip -9nkf changelog
    WORKING_DIRECTORY ${written}/${package} COMMAND_ERROR_IS_FATAL ANY)" COMPONENT ${component})
  install(FILES ${written}/${package}/changelog.gz COMPONENT ${component}
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package})
  install(FILES ${CT2CT_COPYRIGHT} RENAME copyright COMPONENT ${component}
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR "ct2ct maintainers")
set(CPACK_PACKAGE_CONTACT "ct2ct maintainers <maintainers@ct2ct.invalid>")
set(CPACK_PACKAGE_FILE_NAME ct2ct)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
file(WRITE ${written}/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${written}/triggers)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # the first lines below
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "adds slices between the slices of a CT scan
Trains a pix2pix network on scans, makes the new slices with it, and measures
whether they are better than without a network. A trained model is included.
Synthetic slices are for research, not for diagnosis.")
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "adds slices between the slices of a CT scan - library
Fills the gaps of a scan from other programs in C, C++ or Python.
Synthetic slices are for research, not for diagnosis.")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "adds slices between the slices of a CT scan - headers
Header, static library, and files for CMake and pkg-config.")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS "xdg-utils")  # ct2ct app opens the browser by it
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libct2ct0 (= ${PROJECT_VERSION})")
include(CPack)
