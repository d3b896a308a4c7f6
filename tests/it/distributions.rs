//! Every distribution against its declared mean, quantiles and closed forms: draws with fixed seeds, four standard errors.

use breakeven::rng::{Entity, Purpose, Seed, Stream};
use breakeven::stats::{Distribution, DistributionError, Family, Stated};
use breakeven::units::Span;

const DRAWS: usize = 200_000;
const ERRORS: f64 = 4.0;

fn stream() -> Stream {
    Seed { seed: 20_260_101, replication: 0 }.stream(Entity::named("distributions"), Purpose::Work)
}

fn draws(distribution: &Distribution) -> Vec<f64> {
    let mut stream = stream();
    (0..DRAWS).map(|_| distribution.sample(&mut stream).seconds()).collect()
}

/// The draws have the declared mean, and below each declared quantile lies the share that it names.
#[track_caller]
fn check(distribution: &Distribution) {
    let draws = draws(distribution);
    let n = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / n;
    let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    let declared = distribution.mean().expect("a mean");
    let error = (variance / n).sqrt() + 1e-9;
    assert!((mean - declared).abs() <= ERRORS * error, "{distribution}: mean {mean} ± {error}, declared {declared}");
    check_quantiles(distribution, &draws);
}

#[track_caller]
fn check_quantiles(distribution: &Distribution, draws: &[f64]) {
    let n = draws.len() as f64;
    for p in [0.01, 0.25, 0.5, 0.9, 0.99, 0.999] {
        let quantile = distribution.quantile(p).expect("a quantile");
        let at_most = draws.iter().filter(|x| **x <= quantile + 1e-9).count() as f64 / n;
        let below = draws.iter().filter(|x| **x < quantile - 1e-9).count() as f64 / n;
        let slack = ERRORS * (p * (1.0 - p) / n).sqrt();
        assert!(below <= p + slack && at_most >= p - slack, "{distribution} at {p}: {below} to {at_most}");
        let cdf = distribution.cdf(quantile + 1e-9);
        assert!(cdf >= p - 1e-6, "{distribution}: cdf({quantile}) = {cdf}, not {p}");
    }
}

fn stated(family: Family, stated: Stated) -> Distribution {
    Distribution::stated(family, stated).expect("determined and possible")
}

const NONE: Stated = Stated { mean: None, cv: None, median: None, p99: None, shape: None };

fn mean_cv(mean: f64, cv: f64) -> Stated {
    Stated { mean: Some(mean), cv: Some(cv), ..NONE }
}

fn median_p99(median: f64, p99: f64) -> Stated {
    Stated { median: Some(median), p99: Some(p99), ..NONE }
}

#[test]
fn draws_have_the_declared_mean_and_quantiles() {
    let exponential = Distribution::exponential(2.0).unwrap();
    for distribution in [
        Distribution::Constant(Span::from_ms(45)),
        Distribution::uniform(1.0, 3.0).unwrap(),
        exponential.clone(),
        Distribution::erlang(4, 1.0).unwrap(),
        Distribution::gamma(0.5, 2.0).unwrap(),
        Distribution::gamma(7.3, 0.1).unwrap(),
        Distribution::weibull(0.7, 1.0).unwrap(),
        Distribution::weibull(3.0, 0.2).unwrap(),
        Distribution::lognormal(-2.3, 1.0).unwrap(),
        Distribution::normal(1.0, 0.1).unwrap(),
        Distribution::normal(1.0, 0.6).unwrap(),
        Distribution::normal(1.0, 0.9).unwrap(),
        Distribution::pareto(4.5, 0.1, None).unwrap(),
        Distribution::pareto(1.5, 0.1, Some(100.0)).unwrap(),
        Distribution::pareto(1.0, 0.1, Some(10.0)).unwrap(),
        Distribution::hyperexponential(&[(0.7, 0.1), (0.3, 3.0)]).unwrap(),
        Distribution::mixture(vec![(3.0, Distribution::Constant(Span::SECOND)), (1.0, exponential)]).unwrap(),
        Distribution::quantiles(&[(0.0, 0.1), (0.5, 0.2), (0.99, 1.0), (1.0, 5.0)]).unwrap(),
        Distribution::quantiles(&[(0.25, 0.1), (0.75, 0.3)]).unwrap(),
        Distribution::empirical([3, 1, 1, 7].map(Span::from_secs).to_vec()).unwrap(),
    ] {
        check(&distribution);
    }
}

/// The statistics that were stated are those of the distribution, and of its draws.
#[track_caller]
fn check_stated(family: Family, given: Stated) {
    let distribution = stated(family, given);
    let close = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-6;
    if let Some(mean) = given.mean {
        assert!(close(distribution.mean().unwrap(), mean), "{distribution}: mean");
    }
    if let Some(median) = given.median {
        assert!(close(distribution.quantile(0.5).unwrap(), median), "{distribution}: median");
    }
    if let Some(p99) = given.p99 {
        assert!(close(distribution.quantile(0.99).unwrap(), p99), "{distribution}: p99");
    }
    let draws = draws(&distribution);
    if let Some(cv) = given.cv {
        let n = draws.len() as f64;
        let mean = draws.iter().sum::<f64>() / n;
        let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
        let drawn = variance.sqrt() / mean;
        assert!((drawn / cv - 1.0).abs() < 0.03, "{distribution}: cv {drawn}, stated {cv}");
    }
    check_quantiles(&distribution, &draws);
}

#[test]
fn what_is_stated_of_a_distribution_holds_for_it() {
    let median = |median| Stated { median: Some(median), ..NONE };
    let mean_shape = |mean, shape| Stated { mean: Some(mean), shape: Some(shape), ..NONE };
    let mean_median = Stated { mean: Some(0.3), median: Some(0.2), ..NONE };
    let median_shape = |median, shape| Stated { median: Some(median), shape: Some(shape), ..NONE };
    check_stated(Family::Uniform, mean_cv(2.0, 0.5));
    check_stated(Family::Uniform, Stated { mean: Some(2.0), p99: Some(3.0), ..NONE });
    check_stated(Family::Exponential, median(3.0));
    check_stated(Family::Exponential, Stated { p99: Some(3.0), ..NONE });
    check_stated(Family::Erlang, mean_cv(1.0, 0.5));
    check_stated(Family::Erlang, mean_shape(2.0, 3.0));
    check_stated(Family::Gamma, mean_cv(0.5, 1.3));
    check_stated(Family::Gamma, mean_shape(0.5, 2.5));
    check_stated(Family::Weibull, mean_cv(0.5, 1.4));
    check_stated(Family::Weibull, mean_shape(0.5, 0.8));
    check_stated(Family::Weibull, median_p99(0.045, 0.21));
    check_stated(Family::Lognormal, median_p99(0.045, 0.21));
    check_stated(Family::Lognormal, mean_cv(1.0, 0.7));
    check_stated(Family::Lognormal, mean_median);
    check_stated(Family::Lognormal, median_shape(0.1, 1.0));
    check_stated(Family::Lognormal, Stated { median: Some(0.1), cv: Some(0.5), ..NONE });
    check_stated(Family::Normal, mean_cv(1.0, 0.3));
    check_stated(Family::Normal, mean_cv(1.0, 0.8));
    check_stated(Family::Pareto, mean_shape(1.0, 4.5));
    check_stated(Family::Pareto, median_shape(1.0, 2.5));
    check_stated(Family::Pareto, median_p99(0.1, 1.0));
    check_stated(Family::Hyperexponential, mean_cv(1.0, 2.0));
}

/// `mg1-h2-*` of the oracle collection: balanced means, mean 1, squared coefficient of variation 4.
#[test]
fn hyperexponential_by_mean_and_cv_has_balanced_means() {
    let Distribution::Hyperexponential(branches) = stated(Family::Hyperexponential, mean_cv(1.0, 2.0)) else {
        panic!("not a hyperexponential")
    };
    let [(p1, mean1), (p2, mean2)] = branches[..] else { panic!("not two branches") };
    assert!((p1 - 0.887298334621).abs() < 1e-12 && (p2 - 1.0).abs() < 1e-12);
    assert!((mean1 - 0.563508326896).abs() < 1e-12 && (mean2 - 4.4364916731).abs() < 1e-10);
}

/// `mg1-bpareto`: shape 1.5 from 0.1 to 100.
#[test]
fn bounded_pareto_has_the_published_moments() {
    let pareto = Distribution::pareto(1.5, 0.1, Some(100.0)).unwrap();
    assert!((pareto.mean().unwrap() - 0.290522354143).abs() < 1e-12);
    // E[S²] = mean² (1 + scv), from the quantile function by the midpoint rule over u = 1 - (1-p)^(1/8).
    let steps = 200_000;
    let second: f64 = (0..steps)
        .map(|step| {
            let u = (f64::from(step) + 0.5) / f64::from(steps);
            let p = 1.0 - (1.0 - u).powi(8);
            pareto.quantile(p).unwrap().powi(2) * 8.0 * (1.0 - u).powi(7) / f64::from(steps)
        })
        .sum();
    let scv = second / 0.290522354143f64.powi(2) - 1.0;
    assert!((scv / 9.88479979276 - 1.0).abs() < 1e-5, "{scv}");
}

/// `mg1-logn-*`: mean 1, scv 4 means sigma² = ln 5 and mu = -sigma²/2.
#[test]
fn lognormal_by_mean_and_cv_has_the_published_parameters() {
    let Distribution::Lognormal { mu, sigma } = stated(Family::Lognormal, mean_cv(1.0, 2.0)) else {
        panic!("not a lognormal")
    };
    assert!((sigma * sigma - 5f64.ln()).abs() < 1e-12 && (mu + 5f64.ln() / 2.0).abs() < 1e-12);
}

/// The mean of a normal cut at zero: `m + s φ(m/s) / Φ(m/s)` of the uncut one; here m = 0, s = 1: sqrt(2/π), and the half
/// normal has the coefficient of variation sqrt(π/2 - 1).
#[test]
fn a_half_normal_is_a_normal_with_its_mean_and_cv() {
    let mean = (2.0 / std::f64::consts::PI).sqrt();
    let cv = (std::f64::consts::PI / 2.0 - 1.0).sqrt();
    let half = Distribution::normal(mean, mean * cv).unwrap();
    // Quartiles of |Z|.
    for (p, quartile) in [(0.25, 0.318_639_36), (0.5, 0.674_489_75), (0.75, 1.150_349_38)] {
        assert!((half.quantile(p).unwrap() - quartile).abs() < 1e-6);
    }
}

#[track_caller]
fn check_refused(result: Result<Distribution, DistributionError>, message: &str) {
    assert_eq!(result.expect_err(message).to_string(), message);
}

#[test]
fn impossible_distributions_are_refused_with_the_reason() {
    let by = Distribution::stated;
    check_refused(by(Family::Lognormal, median_p99(0.2, 0.1)), "`median` (0.2) is not below `p99` (0.1)");
    check_refused(by(Family::Gamma, mean_cv(1.0, 0.0)), "`cv` is 0; it must be more than zero and finite");
    check_refused(by(Family::Gamma, mean_cv(f64::NAN, 1.0)), "`mean` is NaN; it must be more than zero and finite");
    check_refused(
        by(Family::Hyperexponential, mean_cv(1.0, 0.5)),
        "`cv` is 0.5; a hyperexponential needs at least 1; an erlang or a gamma can vary less",
    );
    check_refused(
        by(Family::Erlang, mean_cv(1.0, 0.6)),
        "`shape` is 2.7777777777777777; an erlang has a whole number of stages, 1 / cv^2; a gamma takes any",
    );
    check_refused(
        by(Family::Uniform, mean_cv(1.0, 0.7)),
        "`cv` is 0.7; a uniform needs at most 0.577, so that it is never negative",
    );
    check_refused(
        by(Family::Lognormal, Stated { mean: Some(1.0), ..NONE }),
        "a distribution `lognormal` is not determined by `mean`; give `median` and `p99`, `cv` or `sigma`, or `mean` and `cv`, `median` or `sigma`",
    );
    check_refused(
        by(Family::Pareto, Stated { mean: Some(1.0), shape: Some(0.9), ..NONE }),
        "`shape` is 0.9; a pareto has a mean only above 1; give `min` and `max` instead",
    );
    check_refused(Distribution::uniform(3.0, 3.0), "`min` (3) is not below `max` (3)");
    check_refused(Distribution::exponential(-1.0), "`mean` is -1; it must be more than zero and finite");
    check_refused(
        Distribution::quantiles(&[(0.5, 1.0), (0.4, 2.0)]),
        "probability 0.4 does not follow the one before it",
    );
    check_refused(
        Distribution::quantiles(&[(0.5, 2.0), (0.9, 1.0)]),
        "the value at probability 0.9 (1) is below the value before it (2)",
    );
    check_refused(Distribution::empirical(Vec::new()), "the list of values is empty; it needs at least 1");
    check_refused(Distribution::mixture(Vec::new()), "the list of parts is empty; it needs at least 1");
    let error = "lognromal".parse::<Family>().expect_err("a slip").to_string();
    assert_eq!(error, "`lognromal` is not a distribution; did you mean `lognormal`");
}

#[test]
fn an_infinite_mean_is_absent() {
    assert_eq!(Distribution::pareto(0.9, 1.0, None).unwrap().mean(), None);
    let zero = Distribution::Constant(Span::ZERO);
    let mixture =
        Distribution::mixture(vec![(1.0, zero.clone()), (0.0, Distribution::pareto(0.9, 1.0, None).unwrap())]);
    assert_eq!(mixture.unwrap().mean(), Some(0.0), "a part that never comes does not count");
    assert!(zero.is_zero() && !Distribution::exponential(1.0).unwrap().is_zero());
}

#[test]
fn distributions_print_by_what_people_know_of_them() {
    for (distribution, text) in [
        (stated(Family::Lognormal, median_p99(0.045, 0.21)), "lognormal, median 45ms, p99 210ms"),
        (Distribution::Constant(Span::from_ms(500)), "constant 500ms"),
        (Distribution::erlang(4, 1.0).unwrap(), "erlang, 4 stages, mean 1s"),
        (Distribution::normal(1.0, 0.2).unwrap(), "normal above zero, mean 1s, sd 200ms"),
        (stated(Family::Hyperexponential, mean_cv(1.0, 2.0)), "hyperexponential, mean 1s, cv 2.000"),
        (Distribution::pareto(1.5, 0.1, Some(100.0)).unwrap(), "pareto, shape 1.5000, 100ms to 100s"),
    ] {
        assert_eq!(distribution.to_string(), text);
    }
}
