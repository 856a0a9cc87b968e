/** Aggregate and window functions that a statement may call, lower case, without their combinators. */
const aggregates: ReadonlySet<string> = new Set(
  `
  analysisofvariance anova any any_respect_nulls any_value any_value_respect_nulls anyheavy anylast
  anylast_respect_nulls anylastrespectnulls anyrespectnulls anyvaluerespectnulls approx_top_count
  approx_top_k approx_top_sum argandmax argandmin argmax argmin array_agg avg avgweighted bit_and bit_or
  bit_xor boundingratio categoricalinformationvalue contingency corr corrmatrix corrstable count covar_pop
  covar_samp covarpop covarpopmatrix covarpopstable covarsamp covarsampmatrix covarsampstable cramersv
  cramersvbiascorrected cume_dist deltasum deltasumtimestamp dense_rank denserank distinctjsonpaths
  distinctjsonpathsandtypes entropy exponentialmovingaverage exponentialtimedecayedavg
  exponentialtimedecayedcount exponentialtimedecayedmax exponentialtimedecayedsum first_value
  first_value_respect_nulls firstvaluerespectnulls group_concat grouparray grouparrayinsertat
  grouparrayintersect grouparraylast grouparraymovingavg grouparraymovingsum grouparraysample
  grouparraysorted groupbitand groupbitmap groupbitmapand groupbitmapor groupbitmapxor groupbitor
  groupbitxor groupconcat groupnumericindexedvector groupuniqarray histogram intervallengthsum
  kolmogorovsmirnovtest kurtpop kurtsamp lag laginframe largesttrianglethreebuckets last_value
  last_value_respect_nulls lastvaluerespectnulls lead leadinframe lttb mannwhitneyutest max max_by
  maxintersections maxintersectionsposition maxmappedarrays meanztest median medianbfloat16
  medianbfloat16weighted mediandd mediandeterministic medianexact medianexacthigh medianexactlow
  medianexactweighted medianexactweightedinterpolated mediangk medianinterpolatedweighted mediantdigest
  mediantdigestweighted mediantiming mediantimingweighted min min_by minmappedarrays nonnegativederivative
  nth_value ntile percent_rank percentrank quantile quantilebfloat16 quantilebfloat16weighted quantiledd
  quantiledeterministic quantileexact quantileexactexclusive quantileexacthigh quantileexactinclusive
  quantileexactlow quantileexactweighted quantileexactweightedinterpolated quantilegk
  quantileinterpolatedweighted quantileprometheushistogram quantiles quantilesbfloat16
  quantilesbfloat16weighted quantilesdd quantilesdeterministic quantilesexact quantilesexactexclusive
  quantilesexacthigh quantilesexactinclusive quantilesexactlow quantilesexactweighted
  quantilesexactweightedinterpolated quantilesgk quantilesinterpolatedweighted
  quantilesprometheushistogram quantilestdigest quantilestdigestweighted quantilestiming
  quantilestimingweighted quantiletdigest quantiletdigestweighted quantiletiming quantiletimingweighted
  rank rankcorr retention row_number sequencecount sequencematch sequencematchevents sequencenextnode
  simplelinearregression singlevalueornull skewpop skewsamp sparkbar std stddev stddev_pop stddev_samp
  stddevpop stddevpopstable stddevsamp stddevsampstable stochasticlinearregression
  stochasticlogisticregression string_agg studentttest studentttestonesample sum sumcount sumkahan
  summapfiltered summapfilteredwithoverflow summappedarrays summapwithoverflow sumwithoverflow theilsu
  topk topkweighted uniq uniqcombined uniqcombined64 uniqexact uniqhll12 uniqupto var_pop var_samp varpop
  varpopstable varsamp varsampstable welchttest windowfunnel
  `
    .trim()
    .split(/\s+/),
);

const combinator =
  /(?:simplestate|ordefault|distinct|resample|foreach|argmax|argmin|ornull|tuple|merge|state|array|null|map|if)$/;

/** Most combinators on one aggregate, as in `sumIfOrNull`. */
const combinatorsMax = 4;

/** Whether a name, lower case, is an allowed aggregate function with any of the engine's combinators. */
export function isAllowedAggregate(name: string): boolean {
  let rest = name;
  for (let count = 0; count <= combinatorsMax; count += 1) {
    if (aggregates.has(rest)) return true;
    const shorter = rest.replace(combinator, '');
    if (shorter === rest) return false;
    rest = shorter;
  }
  return false;
}
