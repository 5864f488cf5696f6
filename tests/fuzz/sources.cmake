# The fuzz targets and what they need, for the fuzzer and for its replay.
function(ct2ct_fuzz_targets program)
  set(folder ${PROJECT_SOURCE_DIR}/tests/fuzz)
  target_sources(${program} PRIVATE ${folder}/targets.cpp ${folder}/model_target.cpp
    ${folder}/meta_target.cpp)
  if(CT2CT_TIFF)
    target_compile_definitions(${program} PRIVATE CT2CT_HAS_TIFF)
  endif()
  target_link_libraries(${program} PRIVATE ct2ct_fit ZLIB::ZLIB PkgConfig::LIBZIP
    nlohmann_json::nlohmann_json)
  if(CT2CT_APP)
    target_sources(${program} PRIVATE ${folder}/request_target.cpp)
    target_compile_definitions(${program} PRIVATE CT2CT_HAS_APP)
    target_link_libraries(${program} PRIVATE ct2ct_app)
  endif()
  if(CT2CT_DICOM)
    target_sources(${program} PRIVATE ${folder}/dicom_target.cpp)
    target_compile_definitions(${program} PRIVATE CT2CT_HAS_DICOM)
    target_link_libraries(${program} PRIVATE
      DCMTK::dcmdata DCMTK::dcmjpeg DCMTK::dcmjpls PkgConfig::OPENJPEG)
  endif()
endfunction()
