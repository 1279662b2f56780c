//! A histogram as HdrHistogram's plotters read it: the `.hgrm` text.

use std::fmt::Write;

use hdrhistogram::Histogram;

/// How many lines there are for each half of the distance to 100 %.
const TICKS: u32 = 5;
/// How many sub-buckets three digits need.
const SUB_BUCKETS: u32 = 2_048;

/// Writes the distribution of microseconds, in milliseconds.
pub(super) fn percentiles(histogram: &Histogram<u64>) -> String {
    let mut text = format!("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    let mut total = 0;
    for step in histogram.iter_quantiles(TICKS) {
        total += step.count_since_last_iteration();
        let (value, quantile) = (ms(step.value_iterated_to() as f64), step.quantile_iterated_to());
        // Writing to a String cannot fail.
        let _ = write!(text, "{value:>12.3} {quantile:>2.12} {total:>10}");
        let _ = match 1.0 - quantile {
            rest if rest > 0.0 => writeln!(text, " {:>14.2}", 1.0 / rest),
            _ => writeln!(text),
        };
    }
    let (mean, deviation, max) = (ms(histogram.mean()), ms(histogram.stdev()), ms(histogram.max() as f64));
    let (count, buckets) = (histogram.len(), histogram.buckets());
    let _ = write!(
        text,
        "#[Mean    = {mean:>12.3}, StdDeviation   = {deviation:>12.3}]\n\
         #[Max     = {max:>12.3}, Total count    = {count:>12}]\n\
         #[Buckets = {buckets:>12}, SubBuckets     = {SUB_BUCKETS:>12}]\n"
    );
    text
}

fn ms(micros: f64) -> f64 {
    micros / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_is_written_in_milliseconds() {
        let mut histogram = Histogram::new_with_bounds(1, 3_600_000_000, 3).unwrap();
        histogram.record_n(500, 1).unwrap();
        histogram.record_n(1_000, 8).unwrap();
        histogram.record_n(2_000_000, 1).unwrap();
        let text = percentiles(&histogram);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "       Value     Percentile TotalCount 1/(1-Percentile)");
        assert_eq!(lines[1], "");
        assert_eq!(lines[2], "       0.500 0.000000000000          1           1.00");
        assert_eq!(lines[3], "       0.500 0.100000000000          1           1.11");
        assert_eq!(lines[4], "       1.000 0.200000000000          9           1.25");
        let last = lines.iter().rposition(|line| !line.starts_with('#')).unwrap();
        // A bucket is named by its upper end, here 0.05 % above.
        assert_eq!(lines[last], "    2000.895 1.000000000000         10");
        assert_eq!(lines[last + 1], "#[Mean    =      200.888, StdDeviation   =      599.832]");
        assert_eq!(lines[last + 2], "#[Max     =     2000.895, Total count    =           10]");
        assert_eq!(lines[last + 3], "#[Buckets =           22, SubBuckets     =         2048]");
        assert_eq!(lines.len(), last + 4);
    }

    #[test]
    fn nothing_is_a_distribution_too() {
        let text = percentiles(&Histogram::new_with_bounds(1, 3_600_000_000, 3).unwrap());
        assert!(text.contains("Total count    =            0]") && !text.contains("NaN"), "{text}");
    }
}
